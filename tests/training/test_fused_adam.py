import torch
from allennlp.common import Params
from allennlp.training.optimizers import Optimizer


def test_steps_are_those_of_allennlps_adam() -> None:
    weights = {}
    for name in ("adam", "fused_adam"):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 1))
        optimizer = Optimizer.from_params(
            Params({"type": name, "lr": 0.1, "parameter_groups": [[["0.bias"], {"lr": 0.01}]]}),
            model_parameters=list(model.named_parameters()),
        )
        for _ in range(5):
            optimizer.zero_grad()
            model(torch.randn(8, 5)).square().sum().backward()
            optimizer.step()
        weights[name] = list(model.parameters())
        assert [group["lr"] for group in optimizer.param_groups] == [0.01, 0.1]
    for one, other in zip(*weights.values(), strict=True):
        torch.testing.assert_close(one, other)
