"""Adam in one pass over all parameters."""

from typing import List, Optional, Tuple

import torch
from allennlp.training.optimizers import (
    Optimizer,
    ParameterGroupsType,
    make_parameter_groups,
)


@Optimizer.register("fused_adam")
class FusedAdam(Optimizer, torch.optim.Adam):
    """
    AllenNLP's `adam` with PyTorch's fused step, which updates all parameters in one call, on a GPU
    as on a CPU.

    Registered as an `Optimizer` with name "fused_adam".

    # Parameters

    model_parameters : `List[Tuple[str, torch.nn.Parameter]]`
        This argument does not get an entry in a configuration file for the object.
    parameter_groups : `ParameterGroupsType`, optional
    lr, betas, eps, weight_decay, amsgrad
        As in `torch.optim.Adam`.
    """

    def __init__(
        self,
        model_parameters: List[Tuple[str, torch.nn.Parameter]],
        parameter_groups: Optional[ParameterGroupsType] = None,
        lr: float = 0.001,
        betas: Tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(
            params=make_parameter_groups(model_parameters, parameter_groups),
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            fused=True,
        )
