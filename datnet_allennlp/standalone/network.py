"""A network that onnxruntime runs."""

from collections.abc import Mapping
from typing import Any

import numpy

from .refusal import Refusal


class Network:
    """
    # Parameters

    name : `str`
        Of its file, for errors.
    session : `onnxruntime.InferenceSession`
    """

    def __init__(self, name: str, session: Any) -> None:
        self._name, self._session = name, session

    def __call__(self, inputs: Mapping[str, numpy.ndarray], width: int | None) -> numpy.ndarray:
        """
        # Parameters

        inputs : `Mapping[str, numpy.ndarray]`
        width : `int | None`
            The last dimension that the output is to have; any if `None`.

        # Returns

        `numpy.ndarray`, shape as that of the first input, but for the last dimension of three or
        one more behind two

        Raises `Refusal` if the network cannot be run or gives anything but finite numbers of this
        shape.
        """
        try:
            outputs = self._session.run(None, inputs)
        except Exception as error:  # onnxruntime's own, which have no base class
            reason = " ".join(str(error).split())[:200]
            raise Refusal(
                f"{self._name}: found a network that cannot be run ({reason}), expected the one "
                "that `allennlp export` wrote"
            ) from None
        shape = next(iter(inputs.values())).shape
        before = shape[:2] if len(shape) == 3 else shape[:1]
        found = outputs[0] if len(outputs) == 1 else None
        if (
            not isinstance(found, numpy.ndarray)
            or found.dtype != numpy.float32
            or found.ndim != len(before) + 1
            or found.shape[:-1] != before
            or found.shape[-1] != (width or found.shape[-1])
        ):
            expected = [*before, width or "any"]
            raise Refusal(f"{self._name}: found another output, expected float32 of {expected}")
        if not numpy.isfinite(found).all():
            raise Refusal(
                f"{self._name}: found scores that are no numbers, expected finite ones; the "
                "weights or the word vectors are damaged, or the training diverged"
            )
        return found
