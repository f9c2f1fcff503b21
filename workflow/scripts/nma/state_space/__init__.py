"""Linear dynamical systems: Kalman smoother and EM on variance-stabilised activity. No torch."""
