"""Where a bundle lies: a folder below `sql/` by its name, or any folder by its path."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from flinksql.errors import BundleError
from flinksql.sql import read_manifest
from flinksql.sql.manifest import FILE, Manifest
from settings.errors import SettingsError
from settings.project import PROJECT_FOLDER
from settings.stack import NO_BUNDLE

BUNDLES = "sql"
_ONE = (
    "a stack runs one bundle, so that it is changed, approved and undone by itself. Run each in a stack of its own on one platform: "
    "`bundle` none in the stack that has the platform, and `platform` external with `platform.stack` in each of the others"
)
_ELSEWHERE = "A folder elsewhere is named by its path, for example `pulumi config set bundle ../team/orders`"


def bundle_folder(bundle: str, root: Path = PROJECT_FOLDER) -> Path:
    """Return the folder of the bundle that a stack names; of the default one when it names none.

    A path is relative to the project's folder, `root`. Raises SettingsError when there is no such bundle, and says which there are.
    """
    if not bundle:
        return _default(root)
    if bundle == NO_BUNDLE:
        raise SettingsError([f"bundle is {bundle}: this stack is a platform without a pipeline. Name a stack that runs one with `--stack`"])
    if "," in bundle and not (root / BUNDLES / bundle).is_dir():
        raise SettingsError([f"bundle is {bundle!r}: {_ONE}"])
    if _is_path(bundle):
        folder = (root / Path(bundle).expanduser()).resolve()
        if not folder.is_dir():
            raise SettingsError([f"bundle is {bundle!r}: there is no folder {folder}. {_known(root)}"])
        return folder
    folder = root / BUNDLES / bundle
    if not folder.is_dir():
        close = get_close_matches(bundle, [one.name for one in bundles(root)], n=1)
        guess = f" Did you mean {close[0]}?" if close else ""
        beside = f" For the folder of the project write ./{bundle}." if (root / bundle).is_dir() else ""
        raise SettingsError([f"bundle is {bundle!r}: there is no folder {BUNDLES}/{bundle}.{guess}{beside} {_known(root)}"])
    return folder


def bundles(root: Path = PROJECT_FOLDER) -> list[Path]:
    """Return the folders below `sql/` that hold SQL files or a manifest, by the alphabet."""
    return sorted(one for one in (root / BUNDLES).glob("*") if (one / FILE).is_file() or next(one.glob("*.sql"), None) is not None)


def parameters_of_others(bundle: Manifest, given: Collection[str], root: Path = PROJECT_FOLDER) -> dict[str, list[str]]:
    """Return the parameters among `given` that the bundle does not declare and bundles below `sql/` do, each with their names.

    They count for nothing here: a stack's file may have them so that the stack changes between bundles.
    """
    unknown = [name for name in given if name not in bundle.parameters]
    declared = {one.name: _manifest(one).parameters for one in bundles(root)} if unknown else {}
    found = {name: [other for other, parameters in declared.items() if name in parameters] for name in unknown}
    return {name: others for name, others in found.items() if others}


def _is_path(bundle: str) -> bool:
    return "/" in bundle or bundle.startswith((".", "~"))


def _default(root: Path) -> Path:
    known = bundles(root)
    marked = [one for one in known if _says_default(one)]
    chosen = marked or known
    if len(chosen) == 1:
        return chosen[0]
    told = f"{' and '.join(one.name for one in marked)} say `default: true` in {FILE}" if marked else "no bundle is the default one"
    raise SettingsError([f"bundle is not set, and {told}: name one with `pulumi config set bundle <name>`. {_known(root)}"])


def _says_default(folder: Path) -> bool:
    return _manifest(folder).default


def _manifest(folder: Path) -> Manifest:
    """Return the manifest of a bundle that may not be the stack's: what is wrong in it is told when it is."""
    try:
        return read_manifest(folder, folder.name)
    except BundleError:
        return Manifest()


def _known(root: Path) -> str:
    return f"Bundles below {BUNDLES}/: {', '.join(one.name for one in bundles(root)) or 'none'}. {_ELSEWHERE}"
