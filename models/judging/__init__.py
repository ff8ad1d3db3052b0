"""How good answers are: metrics, origins, intervals, calibration, profit, and what came true."""
