//! The sizes of tuples that traits of this crate are implemented for, said once.

/// Calls a macro with the type parameters and fields of each tuple: `implement!(A 0 B 1)`.
macro_rules! tuples {
    ($implement:ident) => {
        $implement!();
        $implement!(A 0);
        $implement!(A 0 B 1);
        $implement!(A 0 B 1 C 2);
        $implement!(A 0 B 1 C 2 D 3);
        $implement!(A 0 B 1 C 2 D 3 E 4);
        $implement!(A 0 B 1 C 2 D 3 E 4 F 5);
        $implement!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
        $implement!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
    };
}
