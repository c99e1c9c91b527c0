"""The catalog's form: what a component is, where its artifacts come from, which files and images come of them.

An artifact is a folder of outputs. Elsewhere it is named `ARTIFACT/OUTPUT`; `{version}` stands for the component's version and
`{slipway}` for the product's in every string of a component's file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from appliance.bundle.models import Role


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UpstreamFile(_Model):
    """One file of an upstream release."""

    url: str
    checksum: str
    """URL of the file with its sha256: the bare digest, or lines of `digest  name`."""
    output: str | None = None
    """The output that the file is; None for an archive."""
    members: dict[str, str] = {}
    """Of a tar archive: output → path of the member."""


class Upstream(_Model):
    """The project's own release files. Digests are pinned in lock.yaml when they are first seen."""

    kind: Literal["upstream"]
    files: list[UpstreamFile]


class GoBuild(_Model):
    """Programs that are built with the same settings: output → package."""

    programs: dict[str, str]
    tags: list[str] = []
    variables: dict[str, str] = {}
    """Set by the linker: package.Name → value."""
    cgo: bool = False
    """Built with C and linked statically."""


class Go(_Model):
    """Go modules, built here by a module of our own that requires them."""

    kind: Literal["go"]
    require: dict[str, str]
    base: str | None = None
    """The required module whose go.mod and go.sum ours starts from, so that its replaces and sums hold."""
    staging: str | None = None
    """Version for the modules that the required ones know only as v0.0.0, since they live in the same repository."""
    replace: dict[str, str] = {}
    drop_replace: list[str] = []
    stubs: dict[str, str] = {}
    """Modules that are not served, replaced by a folder beside the catalog with the little that is used of them."""
    main: str | None = None
    """A folder with a program of ours, relative to the catalog's, which is the package `./main` here."""
    builds: list[GoBuild]
    data: dict[str, str] = {}
    """Output → `MODULE//PATH`: a file or folder as the module has it."""


class C(_Model):
    """One C file beside the catalog, linked statically."""

    kind: Literal["c"]
    file: str
    output: str


class Debian(_Model):
    """A root file system of Debian packages: the output is `rootfs.tar`."""

    kind: Literal["debian"]
    suite: str
    packages: list[str]
    drop: list[str] = []
    """Patterns of paths to leave out, relative to the root; `*` also matches `/`."""
    links: dict[str, str] = {}
    """Symbolic links to make: path → target."""


class PyPI(_Model):
    """Python packages from wheels, installed for the interpreter of a root file system: the output is `packages`."""

    kind: Literal["pypi"]
    requirements: str
    """A hashed requirements file, relative to the product's folder."""
    interpreter: str
    """The artifact with the root file system."""
    drop: list[str] = []


class Wheel(_Model):
    """Files out of one wheel: output → member."""

    kind: Literal["wheel"]
    package: str
    """`NAME==VERSION`, as the requirements have it."""
    requirements: str
    """The hashed requirements file that pins it, relative to the product's folder."""
    members: dict[str, str]


class Project(_Model):
    """Folders of the product itself: output → path relative to the product's folder."""

    kind: Literal["project"]
    paths: dict[str, str]
    interpreter: str | None = None
    """The artifact with the root file system whose Python compiles them beforehand."""


class Chart(_Model):
    """A Helm chart, rendered once per profile; the output is a Jinja2 template that the site fills."""

    kind: Literal["chart"]
    helm: str
    chart: str
    """`ARTIFACT/OUTPUT` of both."""
    release: str
    namespace: str
    values: str
    """A file beside the catalog. Its places `@NAME@` become the Jinja2 expressions of `places`."""
    profiles: dict[str, dict[str, object]]
    """Values that a profile adds, by profile."""
    places: dict[str, str]
    output: str


Source = Annotated[Upstream | Go | C | Debian | PyPI | Wheel | Project | Chart, Field(discriminator="kind")]


class Artifact(_Model):
    """A folder of outputs, from the first source that has them."""

    outputs: list[str]
    sources: list[Source]
    seconds: float = 5
    """How long the last source takes on two cores with nothing prepared: orders the work, shows progress."""


class Layer(_Model):
    """One layer of an image: a root file system, what another one adds to it, or single files."""

    rootfs: str | None = None
    over: str | None = None
    """Only what `rootfs` has beyond this root file system."""
    files: dict[str, str] = {}
    """Path in the image → `ARTIFACT/OUTPUT`, a file or a folder."""
    links: dict[str, str] = {}
    folders: dict[str, str] = {}
    """Empty folders: path → mode, octal."""


class Image(_Model):
    """An image and how it runs."""

    reference: str
    layers: list[Layer]
    entrypoint: list[str] = []
    command: list[str] = []
    environment: dict[str, str] = {}
    user: str = ""
    folder: str = ""
    roles: list[Role] = ["control-plane", "worker"]


class BundleFile(_Model):
    """A file that the bundle carries as such."""

    output: str
    mode: str = "0755"


class Component(_Model):
    """One file of the catalog."""

    name: str
    version: str
    licence: str
    about: str
    """One line, for people."""
    artifacts: dict[str, Artifact] = {}
    files: dict[str, BundleFile] = {}
    """Name in the bundle → what it is."""
    images: list[Image] = []


class Catalog(_Model):
    """Every component, and the digests of upstream files that are pinned so far."""

    components: list[Component]
    toolchain: str
    """The Go toolchain that everything is built with, whichever Go the machine has."""

    @property
    def artifacts(self) -> dict[str, Artifact]:
        return {name: artifact for component in self.components for name, artifact in component.artifacts.items()}
