//! Development commands. 
fn main() {}
