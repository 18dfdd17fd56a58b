"""One of the Flink operator's CustomResourceDefinitions as a resource. Comparing and applying is `cluster`'s; this only speaks Pulumi.

Its content is never an input: the state holds the digest of the chart's file, so that a run without changes costs one small request.
"""

from dataclasses import dataclass

import pulumi
import yaml
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from cluster.api_server import connect
from cluster.custom_resource_definitions import CustomResourceDefinitions, DefinitionError, InstalledDefinition, NewerDefinitionError
from cluster.errors import ApiServerForbiddenError, ApiServerUnreachableError, ClusterError
from components.kubernetes.operator_chart import OperatorChart, operator_chart
from components.providers.inputs import CUSTOM_RESOURCE_DEFINITION, replaced
from components.providers.properties import Properties, flag, has_unknown, inputs_of, integer, text
from components.providers.reporting import AS_LAST_SEEN, Once, ProviderError, plainly, say, with_advice
from settings.configuration import settings_of_provider

_ANOTHER_CLUSTER = (
    "the cluster behind context {context} is not the one that this stack was deployed to; was it made anew? What the stack's state knows "
    "is not there. Let it be forgotten (`pulumi stack rm --force --preserve-config -s <stack>`), then bring the stack up again"
)


@dataclass(frozen=True, kw_only=True)
class ClusterAccess:
    """A context of a kubeconfig. `kubeconfig` is a path, empty for kubectl's own."""

    context: str
    kubeconfig: str = ""


class CustomResourceDefinitionProvider(ResourceProvider):
    """Apply, upgrade, repair, look, remove or leave. An older version never replaces a newer one, whose fields are more, not others."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take cluster and chart from the stack's configuration, so that they follow changes."""
        with plainly("reading the configuration"):
            self.settings = settings_of_provider(req)
        self.by_cluster: dict[ClusterAccess, CustomResourceDefinitions] = {}
        self.remark = Once()

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Name a newer definition that is installed and will be left. In previews too, as far as the cluster answers."""
        if not has_unknown(news) and text(olds, "digest") != text(news, "digest"):
            try:
                with plainly(f"looking at {text(news, 'definition')}", but=(ClusterError,)):
                    self._definitions(news).require_not_newer(
                        self._document(news), version=text(news, "version"), digest=text(news, "digest")
                    )
            except NewerDefinitionError as error:
                say(with_advice(error))
            except DefinitionError as error:
                return CheckResult(news, [CheckFailure("", with_advice(error))])
            except ClusterError as error:
                self.remark(f"The operator's definitions are not compared with the cluster's: {error}")
        return CheckResult(news, [])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare digests, then look whether the definition in the cluster is still the one that was applied."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(CUSTOM_RESOURCE_DEFINITION, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        if inputs_of(CUSTOM_RESOURCE_DEFINITION, olds) != inputs_of(CUSTOM_RESOURCE_DEFINITION, news):
            return DiffResult(changes=True)
        return DiffResult(changes=self._drifted(olds))

    def create(self, props: Properties) -> CreateResult:
        """Apply it; one that is there already is adopted, and a newer one is left as it is."""
        return CreateResult(text(props, "definition"), self._applied(props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Apply it again."""
        return UpdateResult(self._applied(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what is in the cluster; gone when there is none of that name."""
        known = inputs_of(CUSTOM_RESOURCE_DEFINITION, props)
        with plainly(f"looking at {id_}"):
            definitions = self._definitions(props)
            installed, cluster = definitions.find(id_), definitions.cluster_id()
        # A preview of a stack that drifted reads first: the comparison finds the news in the state then, and nothing to say.
        _is_as_applied(id_, props, installed)
        if installed is None:
            return ReadResult("", {})
        seen = {**known, "digest": installed.digest, "version": installed.version}
        return ReadResult(id_, {**seen, "generation": installed.generation, "cluster": cluster}, seen)

    def delete(self, id_: str, props: Properties) -> None:
        """Remove it, unless it is to stay, or somebody needs it: it belongs to the cluster, and this stack's end is not held up by it."""
        why = self._reason_to_stay(props)
        if why:
            say(f"{id_} stays in the cluster ({why}.")
            return
        try:
            with plainly(f"removing {id_}", but=(ApiServerForbiddenError,)):
                self._remove(id_, props)
        except ApiServerForbiddenError as error:
            say(f"{id_} stays in the cluster: this user may not remove it ({error}). `kubectl delete crd {id_}` when nobody needs it.")

    def _definitions(self, props: Properties) -> CustomResourceDefinitions:
        """Return the definitions in the cluster that the resource names, else in that of the settings. Raises ClusterError."""
        where = self._access(props)
        if where not in self.by_cluster:
            self.by_cluster[where] = CustomResourceDefinitions(api_server=connect(where.context, where.kubeconfig))
        return self.by_cluster[where]

    def _access(self, props: Properties) -> ClusterAccess:
        own = self.settings.kubernetes.cluster
        given = ClusterAccess(context=text(props, "context"), kubeconfig=text(props, "kubeconfig"))
        return given if given.context else ClusterAccess(context=own.context, kubeconfig=own.kubeconfig)

    def _reason_to_stay(self, props: Properties) -> str:
        if text(props, "context"):
            return "`retain_crds` is true)" if flag(props, "retain") else ""
        wanted = self.settings.kubernetes.operator
        if not wanted.manage_crds:
            return "crds.manage is false)"
        return "crds.retain is true); the next `up` adopts it" if wanted.retain_crds else ""

    def _remove(self, id_: str, props: Properties) -> None:
        definitions = self._definitions(props)
        installed = definitions.find(id_)
        if installed is not None and installed.digest != text(props, "digest"):
            say(f"{id_} stays in the cluster: it is not the one that this stack applied.")
            return
        if installed is not None and installed.is_foreign:
            say(f"{id_} stays in the cluster: it was there before this stack. `kubectl delete crd {id_}` when nobody needs it.")
            return
        users = definitions.users(id_)
        if users:
            say(f"{id_} stays in the cluster, because it is in use: {users}. `kubectl delete crd {id_}` when nobody needs it any more.")
            return
        definitions.delete(id_)

    def _drifted(self, state: Properties) -> bool:
        name = text(state, "definition")
        try:
            with plainly(f"looking at {name}", but=(ApiServerUnreachableError, ApiServerForbiddenError)):
                definitions = self._definitions(state)
                known, here = text(state, "cluster"), definitions.cluster_id()
                installed = definitions.find(name)
        except ApiServerUnreachableError as error:
            self.remark(f"{error}. The operator's definitions are {AS_LAST_SEEN}.")
            return False
        except ApiServerForbiddenError as error:
            self.remark(f"{error}. The operator's definitions are {AS_LAST_SEEN}; `crds.manage: false` leaves them to somebody else.")
            return False
        if known and here and known != here:
            raise ProviderError(_ANOTHER_CLUSTER.format(context=self._access(state).context))
        return not _is_as_applied(name, state, installed)

    def _applied(self, props: Properties) -> Properties:
        name = text(props, "definition")
        with plainly(f"applying {name}"):
            installed = self._apply_or_leave(name, props)
            cluster = self._definitions(props).cluster_id()
        found = {} if installed.digest == text(props, "digest") else {"installed_digest": installed.digest}
        return {**inputs_of(CUSTOM_RESOURCE_DEFINITION, props), "generation": installed.generation, "cluster": cluster, **found}

    def _apply_or_leave(self, name: str, props: Properties) -> InstalledDefinition:
        try:
            return self._definitions(props).apply(self._document(props), version=text(props, "version"), digest=text(props, "digest"))
        except NewerDefinitionError:
            installed = self._definitions(props).find(name)
            if installed is None:
                raise
            return installed

    def _document(self, props: Properties) -> Properties:
        chart, name = self._chart(props), text(props, "definition")
        if name not in chart.crds or chart.digest(name) != text(props, "digest"):
            raise DefinitionError(f"the operator's chart at {chart.folder} changed during the run", advice="run the command again")
        # The C reader: the plain one takes seconds for eleven thousand nodes.
        document: Properties = yaml.load(chart.crds[name].read_bytes(), Loader=yaml.CSafeLoader)
        return document

    def _chart(self, props: Properties) -> OperatorChart:
        own = self.settings
        given = text(props, "chart") or own.kubernetes.operator.chart
        return operator_chart(own.data_folder / "charts", given)


def _is_as_applied(name: str, state: Properties, installed: InstalledDefinition | None) -> bool:
    """Tell whether the definition in the cluster is the one that was applied, and say what became of it where it is not."""
    applied = text(state, "installed_digest") if "installed_digest" in state else text(state, "digest")
    if installed is not None and (installed.digest, installed.generation) == (applied, integer(state, "generation")):
        return True
    say(f"{name} will be applied again: it was {'changed' if installed else 'removed'} outside of this stack.")
    return False


class CustomResourceDefinition(Resource, module="kubernetes", name="CustomResourceDefinition"):
    """A definition from the operator's chart."""

    generation: pulumi.Output[int]
    cluster: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        chart: OperatorChart,
        *,
        retain: bool,
        cluster: ClusterAccess | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Without a `cluster`, the one of this project's settings is meant."""
        properties = {**definition_inputs(name, chart, retain=retain, cluster=cluster), "generation": None, "cluster": None}
        super().__init__(CustomResourceDefinitionProvider(), name, properties, opts)


def definition_inputs(name: str, chart: OperatorChart, *, retain: bool, cluster: ClusterAccess | None = None) -> Properties:
    """Return the inputs of a definition's resource. `digest` is of the chart's file.

    Where the cluster is that of the settings, neither it nor the chart is an input, so that both follow the settings.
    """
    named = {"context": cluster.context, "kubeconfig": cluster.kubeconfig, "chart": str(chart.folder)} if cluster else {}
    return {"definition": name, "version": chart.version, "digest": chart.digest(name), "retain": retain, **named}
