"""A linear-chain CRF with a closed-form gradient and batched constrained decoding (section 3.4)."""

import functools
from typing import List, Optional, Tuple, Type, Union, cast

import torch
from allennlp.modules.conditional_random_field import ConditionalRandomField

from datnet_allennlp.kernels import runs_on
from datnet_allennlp.kernels.crf import is_safe
from datnet_allennlp.modules.crf.decoding import VITERBI_DECODING, best_path, top_paths
from datnet_allennlp.modules.crf.log_space_likelihood import LogSpaceLikelihood
from datnet_allennlp.modules.crf.scaled_likelihood import ScaledLikelihood
from datnet_allennlp.modules.crf.scan_likelihood import ScanLikelihood, within_range


class LinearChainCrf(ConditionalRandomField):
    """
    AllenNLP's `ConditionalRandomField`: the same parameters and the same results. The gradient of
    the log-likelihood is computed in closed form (observed minus expected counts, by
    forward-backward), and a whole batch is decoded at once. Decoding never leaves the constraints;
    as in the original, they do not affect the likelihood.

    The mask is True for tokens, which come before the padding.

    # Parameters

    num_tags : `int`
    constraints : `List[Tuple[int, int]]`, optional
        Allowed transitions, see `allennlp.modules.conditional_random_field.allowed_transitions`.
    include_start_end_transitions : `bool`, optional (default = `True`)
    """

    def log_likelihood(
        self, inputs: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
            A score for each tag of each token.
        tags : `torch.Tensor`, shape `(batch_size, num_tokens)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)`: the log-likelihood of each sentence; 0 for an empty
        one.
        """
        if inputs.size(1) == 0:
            return inputs.sum(dim=(1, 2))
        dtype = _sum_dtype(inputs, self.transitions)
        scores = [inputs, self.transitions, *self._boundary_transitions()]
        with torch.autocast(inputs.device.type, enabled=False):
            scores = [score.to(dtype) for score in scores]
            likelihood: Type[torch.autograd.Function]
            if runs_on(*scores) and is_safe(*(score.detach().numpy() for score in scores[1:])):
                likelihood = ScaledLikelihood
            elif not runs_on(*scores) and within_range(*scores[1:]):
                likelihood = ScanLikelihood
            else:
                likelihood = LogSpaceLikelihood
                scores = [score.double() for score in scores]
            result = likelihood.apply(*scores, tags, mask.bool())
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

    def forward(
        self, inputs: torch.Tensor, tags: torch.Tensor, mask: Optional[torch.Tensor] = None
    ) -> torch.Tensor:
        """The log-likelihood summed over the batch, see `log_likelihood`."""
        if mask is None:
            mask = torch.ones_like(tags, dtype=torch.bool)
        return self.log_likelihood(inputs, tags, mask).sum()

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

        Raises `ValueError` for a score that is NaN.
        """
        if mask is None:
            mask = torch.ones(logits.shape[:2], dtype=torch.bool, device=logits.device)
        mask = mask.bool()
        _refuse_nan(logits, mask)
        logits = logits.to(_sum_dtype(logits, self.transitions))
        transitions, start, end = self._allowed_transitions(logits.dtype)
        paths: List[List[VITERBI_DECODING]]
        if logits.size(1) == 0:
            paths = [[([], 0.0)] for _ in logits]
        elif top_k is None:
            return best_path(logits, mask, transitions, start, end)
        else:
            paths = top_paths(logits, mask, transitions, start, end, top_k or 1)
        return [ranked[0] for ranked in paths] if top_k is None else paths

    def _allowed_transitions(self, dtype: torch.dtype) -> List[torch.Tensor]:
        """Scores from tag to tag, of starting and of ending; minus infinity where forbidden."""
        allowed = self._constraint_mask.bool()
        num_tags = self.num_tags
        start, end = self._boundary_transitions()
        allowed_scores = (
            (self.transitions, allowed[:num_tags, :num_tags]),
            (start, allowed[num_tags, :num_tags]),
            (end, allowed[:num_tags, num_tags + 1]),
        )
        return [x.to(dtype).masked_fill(~may, float("-inf")) for x, may in allowed_scores]

    def _boundary_transitions(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Scores of starting and of ending with each tag, both of shape `(num_tags,)`."""
        if self.include_start_end_transitions:
            return self.start_transitions, self.end_transitions
        zeros = self.transitions.new_zeros(self.num_tags)
        return zeros, zeros


def _sum_dtype(*scores: torch.Tensor) -> torch.dtype:
    """The widest type of all, but not less than float32: a sentence has many scores to add."""
    return functools.reduce(torch.promote_types, (s.dtype for s in scores), torch.float32)


def _refuse_nan(logits: torch.Tensor, mask: torch.Tensor) -> None:
    if torch.isnan(logits).any():
        wrong = (torch.isnan(logits).any(dim=2) & mask).nonzero()
        if len(wrong):
            sentence, token = wrong[0].tolist()
            raise ValueError(
                f"sentence {sentence} of the batch, token {token}: found NaN among the scores of "
                "its tags, expected numbers; has training diverged?"
            )
