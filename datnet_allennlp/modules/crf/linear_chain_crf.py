"""A linear-chain CRF with a closed-form gradient and batched constrained decoding (section 3.4)."""

import functools
from typing import Collection, List, Optional, Tuple, Type, Union, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.conditional_random_field import ConditionalRandomField

from datnet_allennlp.kernels import enabled, runs_on
from datnet_allennlp.kernels.crf import is_safe
from datnet_allennlp.modules.crf.decoding import VITERBI_DECODING, best_path, top_paths
from datnet_allennlp.modules.crf.log_space_likelihood import LogSpaceLikelihood
from datnet_allennlp.modules.crf.scaled_likelihood import ScaledLikelihood
from datnet_allennlp.modules.crf.scan_likelihood import ScanLikelihood, within_range
from datnet_allennlp.modules.crf.span_probability import (
    PairReading,
    ScoredPaths,
    span_log_probabilities,
    sum_paths,
)


class LinearChainCrf(ConditionalRandomField):
    """
    AllenNLP's `ConditionalRandomField`: the same parameters and the same results. The gradient of
    the log-likelihood is computed in closed form (observed minus expected counts, by
    forward-backward), and a whole batch is decoded at once. Decoding never leaves the constraints;
    as in the original, they do not affect the likelihood.

    The mask is True for tokens, which come before the padding. Padding may hold anything.

    # Parameters

    num_tags : `int`
    constraints : `Collection[Tuple[int, int]]`, optional
        Allowed transitions, see `allennlp.modules.conditional_random_field.allowed_transitions`.
    include_start_end_transitions : `bool`, optional (default = `True`)

    Every method raises `ConfigurationError` for shapes that do not fit together and for a mask with
    padding before a token.
    """

    def __init__(
        self,
        num_tags: int,
        constraints: Optional[Collection[Tuple[int, int]]] = None,
        include_start_end_transitions: bool = True,
    ) -> None:
        super().__init__(num_tags, include_start_end_transitions=include_start_end_transitions)
        if constraints is not None:
            # The parent sets them one by one, which takes longer than all else of a model.
            allowed = torch.zeros_like(self._constraint_mask)
            allowed[tuple(torch.tensor(sorted(constraints), dtype=torch.long).view(-1, 2).t())] = (
                1.0
            )
            self._constraint_mask.copy_(allowed)

    def log_likelihood(
        self, logits: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
            The emissions: a score for each tag of each token.
        tags : `torch.Tensor`, shape `(batch_size, num_tokens)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)`: the log-likelihood of each sentence; 0 for an empty
        one.
        """
        mask = mask.bool()
        self._check(logits, mask, tags)
        if tags.is_floating_point():
            raise ConfigurationError(f"CRF: found tags of {tags.dtype}, expected whole numbers")
        tags = tags.long()
        if logits.size(1) == 0:
            return logits.sum(dim=(1, 2))
        dtype = _sum_dtype(logits, self.transitions)
        potentials = [logits, self.transitions, *self._boundary_transitions()]
        with torch.autocast(logits.device.type, enabled=False):
            potentials = [values.to(dtype) for values in potentials]
            likelihood: Type[torch.autograd.Function]
            compiled = runs_on(*potentials)
            if compiled and is_safe(*(values.detach().numpy() for values in potentials[1:])):
                likelihood = ScaledLikelihood
            elif not compiled and within_range(*potentials[1:]):
                likelihood = ScanLikelihood
            else:
                likelihood = LogSpaceLikelihood
                potentials = [values.double() for values in potentials]
            result = likelihood.apply(*potentials, tags, mask)
            return cast(torch.Tensor, result).to(dtype)

    @torch.no_grad()
    def marginals(self, logits: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """
        The probability of each tag of each token, given the whole sentence. As for the likelihood,
        all sequences of tags count, whether the constraints allow them or not.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`, zero at padding.
        """
        # The gradient of a sequence's log-likelihood is one for its own tags, minus this.
        tags = torch.zeros_like(mask, dtype=torch.long)
        with torch.enable_grad():
            logits = logits.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.log_likelihood(logits, tags, mask).sum(), logits)
        observed = torch.zeros_like(gradient)
        observed[..., 0] = mask
        return observed - gradient

    def log_marginals(self, logits: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """
        The logarithm of `marginals` in float64, and with a gradient; what stands at padding means
        nothing.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        """
        self._check(logits, mask)
        if logits.size(1) == 0:
            return logits.double()
        emissions = logits.masked_fill(~mask.unsqueeze(2), 0).transpose(0, 1)
        scores = [emissions, self.transitions, *self._boundary_transitions()]
        paths = sum_paths(ScoredPaths(mask.t(), *(each.double() for each in scores)))
        # A softmax at each token, for rounding makes `log_z` differ a little from token to token.
        return torch.log_softmax(paths.alphas + paths.betas, dim=-1).transpose(0, 1)

    def forward(
        self, logits: torch.Tensor, tags: torch.Tensor, mask: Optional[torch.Tensor] = None
    ) -> torch.Tensor:
        """The log-likelihood summed over the batch, see `log_likelihood`."""
        if mask is None:
            mask = torch.ones_like(tags, dtype=torch.bool)
        return self.log_likelihood(logits, tags, mask).sum()

    @torch.no_grad()
    def viterbi_tags(
        self,
        logits: torch.Tensor,
        mask: Optional[torch.Tensor] = None,
        top_k: Optional[int] = None,
    ) -> Union[List[VITERBI_DECODING], List[List[VITERBI_DECODING]]]:
        """
        The best sequence of tags for each sentence that the constraints allow.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`, optional
        top_k : `int`, optional
            How many of the best sequences, at least 1.

        # Returns

        Per sentence a pair of tags and score. If `top_k` is given, a list of such pairs, best
        first; fewer than `top_k` where the constraints allow fewer. A sentence whose length no
        allowed sequence has gets a forbidden one, with a score of minus infinity.

        Raises `ConfigurationError` for a logit that is NaN.
        """
        if mask is None:
            mask = torch.ones(logits.shape[:2], dtype=torch.bool, device=logits.device)
        mask = mask.bool()
        self._check(logits, mask)
        _refuse_nan(logits, mask)
        logits = logits.to(_sum_dtype(logits, self.transitions))
        transitions, start, end = self.allowed_transitions(logits.dtype)
        paths: List[List[VITERBI_DECODING]]
        if logits.size(1) == 0:
            paths = [[([], 0.0)] for _ in logits]
        elif top_k is None and enabled():
            return best_path(logits, mask, transitions, start, end)
        else:
            paths = top_paths(logits, mask, transitions, start, end, top_k or 1)
        return [ranked[0] for ranked in paths] if top_k is None else paths

    def _check(
        self, logits: torch.Tensor, mask: torch.Tensor, tags: Optional[torch.Tensor] = None
    ) -> None:
        both = tuple(logits.shape[:2])
        for name, tensor, expected in (
            ("logits", logits, (*both, self.num_tags)),
            ("mask", mask, both),
            ("tags", tags, both),
        ):
            if tensor is not None and tensor.shape != expected:
                raise ConfigurationError(
                    f"CRF: found {name} of shape {tuple(tensor.shape)}, expected {expected}: "
                    f"(batch_size, num_tokens{', num_tags' if name == 'logits' else ''})"
                )
        holes = (mask[:, 1:] & ~mask[:, :-1]).any(dim=1)
        if holes.any():
            sentence = int(holes.nonzero()[0])
            raise ConfigurationError(
                f"CRF: found the mask {mask[sentence].int().tolist()} of sentence {sentence} of "
                "the batch, expected all tokens (1) before the padding (0)"
            )

    @torch.no_grad()
    def span_log_probabilities(
        self,
        logits: torch.Tensor,
        mask: torch.Tensor,
        reading: PairReading,
        spans: torch.Tensor,
        of_type: torch.Tensor,
        temperature: float = 1.0,
    ) -> torch.Tensor:
        """
        The log-probability of each entity among the sequences of tags that the constraints allow,
        exact and in float64, on the CPU. Other than `marginals`, it is of the whole entity.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        reading, spans, of_type
            The entities, at least one; see `span_probability.span_log_probabilities`.
        temperature : `float`, optional (default = 1.0)
            Divides all scores, emissions and transitions.

        # Returns

        `torch.Tensor`, shape `(num_spans,)`
        """
        scores = self._scores_of_allowed_paths(logits, mask, temperature)
        return span_log_probabilities(scores, reading, spans, of_type)

    @torch.no_grad()
    def allowed_log_partition(
        self, logits: torch.Tensor, mask: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """
        The log-sum of the scores of all sequences of tags that the constraints allow, divided by
        the temperature; 0 for an empty sentence. Shape `(batch_size,)`, float64, on the CPU. The
        parameters are those of `span_log_probabilities`.
        """
        log_z = sum_paths(self._scores_of_allowed_paths(logits, mask, temperature)).log_z
        return log_z * mask.any(dim=1).cpu()

    def _scores_of_allowed_paths(
        self, logits: torch.Tensor, mask: torch.Tensor, temperature: float
    ) -> ScoredPaths:
        self._check(logits, mask)
        emissions = logits.double().masked_fill(~mask.unsqueeze(2), 0).transpose(0, 1).contiguous()
        scores = [emissions, *self.allowed_transitions(torch.float64)]
        scores = [each.cpu() / temperature for each in scores]
        return ScoredPaths(mask.cpu().t(), *scores)

    def allowed_transitions(self, dtype: torch.dtype) -> List[torch.Tensor]:
        """From tag to tag, of starting and of ending; minus infinity where forbidden."""
        allowed = self._constraint_mask.bool()
        num_tags = self.num_tags
        start, end = self._boundary_transitions()
        transitions = (
            (self.transitions, allowed[:num_tags, :num_tags]),
            (start, allowed[num_tags, :num_tags]),
            (end, allowed[:num_tags, num_tags + 1]),
        )
        return [x.to(dtype).masked_fill(~may, float("-inf")) for x, may in transitions]

    def _boundary_transitions(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Of starting and of ending with each tag, both of shape `(num_tags,)`."""
        if self.include_start_end_transitions:
            return self.start_transitions, self.end_transitions
        zeros = self.transitions.new_zeros(self.num_tags)
        return zeros, zeros


def _sum_dtype(*potentials: torch.Tensor) -> torch.dtype:
    """The widest type of all, but not less than float32: a sentence has many of them to add."""
    return functools.reduce(torch.promote_types, (p.dtype for p in potentials), torch.float32)


def _refuse_nan(logits: torch.Tensor, mask: torch.Tensor) -> None:
    if torch.isnan(logits).any():
        wrong = (torch.isnan(logits).any(dim=2) & mask).nonzero()
        if len(wrong):
            sentence, token = wrong[0].tolist()
            raise ConfigurationError(
                f"sentence {sentence} of the batch, token {token}: found NaN among the logits of "
                "its tags, expected numbers; has training diverged?"
            )
