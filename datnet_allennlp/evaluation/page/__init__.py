"""One page on trained models: their scores, errors, calibration, robustness and transfer."""
