"""The third step: every value of site.yaml with its reason; what is changed by hand is judged at once."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text as Line
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from installer.common.errors import InvalidInput, SlipwayError
from installer.common.text import Text
from installer.configure import Answers
from installer.configure.host_keys import fingerprint
from installer.models.site import Site
from tui.background import in_background
from tui.confirm import Confirm
from tui.frame import Frame
from tui.texts import WHY
from tui.widgets import Browser, Field, Row, columns, in_one, labelled

EDITABLE: dict[str, str] = {
    "metadata.name": "name",
    "kubernetes.podNetwork": "pod_network",
    "kubernetes.serviceNetwork": "service_network",
    "storage.path": "storage_path",
    "platform.port": "platform_port",
}
"""Values that a person may decide here: their place in site.yaml, and the answer that decides them."""


AS_USUAL = Text(en="given before, or the product's default", zh="此前已给出，或为产品默认值")


FINGERPRINT = Text(
    en="Compare it on the machine's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
    zh="请在机器控制台核对：ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
)


class Edit(ModalScreen[str | None]):
    """One value, its reason and, after a wrong one, what was wrong with it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)")]

    def __init__(self, path: str, value: str, reason: Text, error: Text | None) -> None:
        super().__init__()
        self.path, self.value, self.reason, self.error = path, value, reason, error

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Label(self.path, id="place", markup=False)
            yield Label(str(self.reason), markup=False)
            yield Field(Text.same(""), self.value, id="value", error=self.error)
            keys = Text(en="Enter: take it; Escape: leave it as it was", zh="回车：采用；Esc：保持原值")
            yield Label(str(keys), classes="note")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())


class ConfigureScreen(Frame):
    step = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "next"),
        Binding("escape", "back", "back"),
    ]

    def body(self) -> ComposeResult:
        yield Static(self._summary(), id="summary", markup=False)
        yield Browser(self._rows())

    def on_mount(self) -> None:
        self.query_one("#list").focus()
        if self.wizard.configuration is None:
            self.generate()

    @work(exclusive=True)
    async def generate(self) -> None:
        """Decide every value from the facts and the answers given so far."""
        wizard, actions = self.wizard, self.slipway.actions
        try:
            wizard.configuration = await in_background(lambda: actions.configure(wizard, wizard.answers))
        except SlipwayError as error:
            self.show_problems(error)
        self.bring_up_to_date()

    @on(OptionList.OptionSelected, "#list")
    @work(exclusive=True)
    async def edit(self, event: OptionList.OptionSelected) -> None:
        """Ask for a value until it is a good one or is left as it was."""
        wizard, actions = self.wizard, self.slipway.actions
        path = event.option_id or ""
        if path not in EDITABLE or wizard.configuration is None:
            return
        value, error = leaves(wizard.configuration.site)[path], None
        while (typed := await self.app.push_screen_wait(Edit(path, value, self._reason(path), error))) is not None:
            try:
                answers = answered(wizard.answers, EDITABLE[path], typed)
                wizard.configuration = await in_background(lambda: actions.configure(wizard, answers))  # noqa: B023
            except SlipwayError as wrong:
                value, error = typed, in_one(wrong)
                continue
            wizard.answers = answers
            self.bring_up_to_date()
            return

    def action_back(self) -> None:
        self.slipway.go("check")

    @work(exclusive=True)
    async def action_next(self) -> None:
        """Write site.yaml; one that says something else is replaced only when the person agrees."""
        wizard, actions = self.wizard, self.slipway.actions
        try:
            if await in_background(lambda: actions.would_replace(wizard)):
                question = Text(
                    en="{file} exists and says something else. Replace it? A copy is kept beside it.",
                    zh="{file} 已存在且内容不同。要替换吗？会在旁边保留一份副本。",
                ).format(file=wizard.site_file)
                if not await self.app.push_screen_wait(Confirm(question)):
                    return
            await in_background(lambda: actions.write_site(wizard))
        except SlipwayError as error:
            self.show_problems(error)
        else:
            self.slipway.go("plan")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return True if action != "next" or self.wizard.configuration else None

    def show_state(self) -> None:
        self.query_one("#summary", Static).update(self._summary())
        self.query_one(Browser).show(self._rows())

    def _summary(self) -> Line:
        if self.wizard.configuration is None:
            text = Text(en="Choosing the values…", zh="正在选择各项值…")
        else:
            text = Text(
                en="Enter changes a value marked with ✎; Next writes {file}",
                zh="标有 ✎ 的值可按回车修改；下一步写入 {file}",
            ).format(file=self.wizard.site_file.name)
        return Line(str(text), "bold")

    def _rows(self) -> list[Row]:
        configuration = self.wizard.configuration
        if configuration is None:
            return []
        return [
            Row(
                path,
                columns(("✎" if path in EDITABLE else " ", 1), (path, 26), (value, None)),
                self._detail(path, value),
            )
            for path, value in leaves(configuration.site).items()
        ]

    def _detail(self, path: str, value: str) -> RenderableType:
        parts: list[RenderableType] = [
            Line(path, "bold"),
            Line(value, "cyan"),
            labelled(WHY, Line(str(self._reason(path)))),
        ]
        if path.endswith(".hostKey"):
            parts.insert(2, labelled(FINGERPRINT, Line(fingerprint(value))))
        if path in EDITABLE:
            parts.append(Line(str(Text(en="Enter: change it", zh="回车：修改")), "dim"))
        return Group(*parts)

    def _reason(self, path: str) -> Text:
        assert self.wizard.configuration is not None
        return self.wizard.configuration.reasons.get(path, AS_USUAL)


def answered(answers: Answers, name: str, typed: str) -> Answers:
    """The answers with one as it was typed; typed as nothing, the generator decides.

    Raises:
        InvalidInput: the answer must be a number and is none.
    """
    if name == "platform_port" and typed and not typed.isdecimal():
        raise InvalidInput(
            Text(en="this is no number", zh="不是数字"),
            where=typed,
            fix=Text(en="write it as 30443", zh="请写成 30443 的形式"),
        )
    value = int(typed) if name == "platform_port" and typed else typed or None
    if name == "name" and value is None:
        value = Answers().name
    return answers.model_copy(update={name: value})


def leaves(site: Site) -> dict[str, str]:
    """Every value of a site by its place in the file: `nodes[0].interface`; lists of words stay one value."""
    found: dict[str, str] = {}

    def walk(place: str, value: object) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{place}.{name}" if place else name, inner)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for index, inner in enumerate(value):
                walk(f"{place}[{index}]", inner)
        elif value is not None:
            found[place] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    walk("", site.model_dump(by_alias=True, exclude={"api_version", "kind"}))
    return found
