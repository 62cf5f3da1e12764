//! Part of cuprous.
