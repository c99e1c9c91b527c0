"""The first step: which machines, how to reach them, what to lay down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text as Line
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, OptionList, Select, Static
from textual.widgets.option_list import Option

from installer.common.errors import InvalidInput, SlipwayError
from installer.common.text import Text
from installer.models.node import NodeAccess
from tui.background import in_background
from tui.frame import Frame
from tui.widgets import Field, columns, in_one
from tui.wizard import target

if TYPE_CHECKING:
    from appliance.bundle import Bundle

PROFILES: dict[str, Text] = {
    "standard": Text(en="standard", zh="标准"),
    "lab": Text(en="lab: machines of `slipway lab`", zh="实验：slipway lab 的机器"),
}


class NodesScreen(Frame):
    step = 0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "next"),
        Binding("delete", "remove", "remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[str, Text] = {}
        """What is wrong, by field."""
        self.typed = ""
        """The machine that is being typed."""

    def body(self) -> ComposeResult:
        wizard = self.wizard
        yield Static(
            str(
                Text(
                    en="Which machines shall carry the platform? Add them one by one; nothing is changed on them yet.",
                    zh="平台安装在哪些机器上？逐台添加；此时不会改动任何机器。",
                )
            ),
            classes="note",
        )
        yield OptionList(id="machines")
        yield Field(
            Text(en="Add a machine", zh="添加机器"),
            self.typed,
            id="machine",
            hint=Text(en="user@host[:port], or: local; then Enter", zh="用户@主机[:端口]，或 local，然后回车"),
            error=self.errors.get("machine"),
        )
        yield Field(
            Text(en="Key file", zh="密钥文件"),
            wizard.key,
            id="key",
            hint=Text(en="empty: the SSH agent or OpenSSH's own", zh="留空：SSH 代理或 OpenSSH 默认密钥"),
            error=self.errors.get("key"),
        )
        yield Field(
            Text(en="Bundle folder", zh="安装包目录"),
            wizard.bundle_path,
            id="bundle",
            hint=Text(en="the folder with bundle.json", zh="含 bundle.json 的目录"),
            error=self.errors.get("bundle"),
        )
        yield Field(Text(en="Site name", zh="站点名称"), wizard.answers.name, id="name")
        with Horizontal(id="profile-line"):
            yield Label(str(Text(en="Profile", zh="配置类型")))
            options = [(str(text), value) for value, text in PROFILES.items()]
            yield Select(options, value=wizard.answers.profile, allow_blank=False, compact=True, id="profile")

    def on_mount(self) -> None:
        self.bring_up_to_date()
        self.query_one("#machine", Input).focus()

    def show_state(self) -> None:
        machines = self.query_one("#machines", OptionList)
        machines.clear_options()
        if not self.wizard.nodes:
            nothing = Text(en="(no machine yet)", zh="（尚无机器）")
            machines.add_option(Option(Line(str(nothing), "dim italic"), disabled=True))
        for node in self.wizard.nodes:
            machines.add_option(Option(columns((node.name, 24), (way_to(node), None)), id=node.name))

    @on(Input.Submitted, "#machine")
    def add(self) -> None:
        """Add the machine that was typed, or say at the field why it cannot be."""
        typed = self.query_one("#machine", Input)
        try:
            self.wizard.add(typed.value)
        except InvalidInput as error:
            self._mark("machine", in_one(error))
            return
        self._mark("machine", None)
        typed.value = ""
        self.bring_up_to_date()

    def action_remove(self) -> None:
        index = self.query_one("#machines", OptionList).highlighted
        if index is not None and index < len(self.wizard.nodes):
            del self.wizard.nodes[index]
            self.bring_up_to_date()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "remove":  # the key belongs to the text while a field is written in
            return isinstance(self.focused, OptionList)
        return True

    @on(Input.Changed)
    def keep(self, event: Input.Changed) -> None:
        """Keep what is typed, so that another language or a way back loses nothing."""
        match event.input.id:
            case "machine":
                self.typed = event.value
            case "key":
                self.wizard.key = event.value.strip()
            case "bundle":
                self.wizard.bundle_path = event.value.strip()
            case "name":
                self.wizard.answer(name=event.value.strip())

    @on(Select.Changed, "#profile")
    def choose_profile(self, event: Select.Changed) -> None:
        self.wizard.answer(profile=event.value)

    @on(Input.Submitted, "#key, #bundle, #name")
    def to_the_next_field(self) -> None:
        self.focus_next()

    @work(exclusive=True)
    async def action_next(self) -> None:
        """Check what was entered, then go on; the first field in error gets the focus."""
        if self.query_one("#machine", Input).value.strip():  # typed, but not yet entered: it is surely meant
            self.add()
            if "machine" in self.errors:
                return
        key = Path(self.wizard.key).expanduser()
        errors: dict[str, Text | None] = {
            "machine": None if self.wizard.nodes else Text(en="add at least one machine", zh="请至少添加一台机器"),
            "key": None
            if not self.wizard.key or key.is_file()
            else Text(en="there is no such file", zh="没有这个文件"),
            "bundle": None,
        }
        try:
            self.wizard.bundle = await in_background(self._open_bundle)
        except SlipwayError as error:
            errors["bundle"] = in_one(error)
        for name, error_text in errors.items():
            self._mark(name, error_text)
        if self.errors:
            self.query_one(f"#{next(iter(self.errors))}", Input).focus()
            return
        if self.wizard.key:
            self.wizard.key = str(key.resolve())
        self.slipway.go("check")

    def _open_bundle(self) -> Bundle:
        return self.slipway.actions.open_bundle(Path(self.wizard.bundle_path).expanduser())

    def _mark(self, name: str, error: Text | None) -> None:
        """Say at a field what is wrong with it, or that nothing is."""
        self.errors.pop(name, None)
        if error:
            self.errors[name] = error
        self.query_one(f"Field#field-{name}", Field).error(error)


def way_to(node: NodeAccess) -> str:
    """How a machine is reached, for people."""
    return target(node) if node.ssh else str(Text(en="this machine", zh="本机"))
