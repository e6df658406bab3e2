"""Which resources a tagger knows, and which one a batch is of."""

from typing import Dict, Iterable, List, Optional

from allennlp.common.checks import ConfigurationError


class Resources:
    """
    The resources of a tagger: those with tags, and those without, which hold the text of one with.

    # Parameters

    tagged : `Iterable[str]`
        The resources with tags.
    target : `str`
        One of them.
    unlabelled : `Dict[str, str]`, optional
        The resources without tags, and for each the tagged one whose text it holds.

    Raises `ConfigurationError` for a target or a text's resource that is not among the tagged ones,
    and an unlabelled one that is.
    """

    def __init__(
        self, tagged: Iterable[str], target: str, unlabelled: Optional[Dict[str, str]] = None
    ) -> None:
        self._tagged = sorted(tagged)
        self._unlabelled = unlabelled or {}
        self._target = target
        if target not in self._tagged:
            raise ConfigurationError(
                f"model.target: found '{target}', expected one of the resources in "
                f"model.tag_namespaces: {self._tagged}"
            )
        for name, of in self._unlabelled.items():
            if name in self._tagged or of not in self._tagged:
                raise ConfigurationError(
                    f"model.unlabelled: found '{name}' as text of '{of}', expected a resource "
                    f"that is not in model.tag_namespaces as text of one that is, {self._tagged}"
                )

    @property
    def names(self) -> List[str]:
        """All that a batch may be of, with tags and without."""
        return sorted([*self._tagged, *self._unlabelled])

    def tagged(self, name: str) -> str:
        """The resource whose text this one holds: of one with tags, itself."""
        return self._unlabelled.get(name, name)

    def of_batch(self, resource: Optional[List[str]]) -> str:
        """
        # Parameters

        resource : `List[str]`, optional
            The resource of each sentence of a batch; may be left out where there is only one.

        Raises `ConfigurationError` for a batch of several, of an unknown one, or without any.
        """
        if resource is None:
            if len(self._tagged) == 1:
                return self._target
            raise ConfigurationError(
                "found a batch without a resource, expected the field 'resource' (reader "
                f"'multi_resource'): one of {self._tagged}"
            )
        names = sorted(set(resource))
        if len(names) > 1:
            raise ConfigurationError(
                f"found a batch of several resources {names}, expected one: in training, "
                "data_loader.batch_sampler 'resource_bucket' makes such batches; allennlp evaluate "
                """takes -o '{"validation_data_loader.batch_sampler": """
                """{"type": "resource_bucket", "batch_size": 64}}'"""
            )
        if names[0] not in self.names:
            raise ConfigurationError(
                f"found a batch of resource '{names[0]}', expected one of those in "
                f"model.tag_namespaces and model.unlabelled: {self.names}"
            )
        return names[0]
