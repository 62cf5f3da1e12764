//! The macros in which rows are written: each line names dtypes, the CPU's expression and CUDA's text.

/// The number of arguments of a row, and the loop that fits.
macro_rules! inner_loop {
    ($f:expr; $r:ty; $a:ty) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            // SAFETY: the caller keeps the contract of `InnerLoop`.
            unsafe { $crate::loops::unary::<$a, $r, _>(args, strides, n, $f) }
        }
        run
    }};
    ($f:expr; $r:ty; $a:ty, $b:ty) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            // SAFETY: the caller keeps the contract of `InnerLoop`.
            unsafe { $crate::loops::binary::<$a, $b, $r, _>(args, strides, n, $f) }
        }
        run
    }};
    ($f:expr; $r:ty; $a:ty, $b:ty, $d:ty) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            // SAFETY: the caller keeps the contract of `InnerLoop`.
            unsafe { $crate::loops::ternary::<$a, $b, $d, $r, _>(args, strides, n, $f) }
        }
        run
    }};
}

/// The result type of a line: `same`, `bool` or `real`.
macro_rules! result_of {
    ($t:ident same) => {
        $t
    };
    ($t:ident bool) => {
        bool
    };
    (c64 real) => {
        f32
    };
    (c128 real) => {
        f64
    };
}

/// A chapter of ufuncs: statics and the list of them.
///
/// ```text
/// ufuncs! { ($) ALL for_each_arithmetic;
///     /// Documentation.
///     add ADD "add" (x1, x2), identity Some(0), resolve FirstThatFits, reference "numpy.add", domain [Any, Any], ulp 0 {
///         [f16 f32] -> same (a, b) a + b => ("in0 + in1");
///         [c64 c128] -> real (a, b) ... => ("...", PRELUDE);
///     }
/// }
/// ```
macro_rules! ufuncs {
    (($d:tt) $all:ident $for_each:ident; $(
        $(#[doc = $doc:literal])+
        $function:ident $id:ident $name:literal ($($arg:ident),+), identity $identity:expr, resolve $resolve:expr, reference $reference:literal,
        domain [$($domain:ident),+], ulp $ulp:literal $(, $hidden:ident)? {
            $( [$($t:ident)+] -> $r:ident $x:tt $e:expr => $cuda:tt; )+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            pub static $id: cuprous_core::UfuncDef = cuprous_core::UfuncDef {
                name: $name,
                doc: concat!($($doc, "\n"),+),
                args: &[$(stringify!($arg)),+],
                n_outs: 1,
                loops: &[$($(ufuncs!(@row $name, $t, $r, $x, $e, $cuda)),+),+],
                resolve: { use cuprous_core::op::Resolve::*; $resolve },
                identity: $identity,
                is_public: ufuncs!(@public $($hidden)?),
                test: cuprous_core::op::TestSpec { reference: $reference, domain: { use cuprous_core::op::Domain::*; &[$($domain),+] }, ulp: $ulp },
            };
        )+
        /// The ufuncs of this chapter.
        pub static $all: &[&cuprous_core::UfuncDef] = &[$(&$id),+];

        /// Hands `docs function STATIC (arguments);` of each ufunc of this chapter to a macro: from these lines other
        /// crates make their functions.
        #[macro_export]
        macro_rules! $for_each {
            ($d each:ident) => { $d each! { $( $(#[doc = $doc])+ $function $id ($($arg),+); )+ } };
        }
    };
    (@public) => { true };
    (@public hidden) => { false };
    (@text ($cuda:literal)) => { $cuda };
    (@text ($cuda:literal, $p:expr)) => { $cuda };
    (@prelude ($cuda:literal)) => { "" };
    (@prelude ($cuda:literal, $p:expr)) => { $p };
    (@row $name:literal, $t:ident, $r:ident, ($x:ident), $e:expr, $cuda:tt) => {
        cuprous_core::LoopDef {
            op: $name,
            ins: &[<$t as cuprous_core::Element>::DTYPE],
            outs: &[<result_of!($t $r) as cuprous_core::Element>::DTYPE],
            cpu: inner_loop!(#[inline(always)] |$x: $crate::loops::C<$t>| -> $crate::loops::C<result_of!($t $r)> { $e }; result_of!($t $r); $t),
            cuda: ufuncs!(@text $cuda),
            prelude: ufuncs!(@prelude $cuda),
        }
    };
    (@row $name:literal, $t:ident, $r:ident, ($x:ident, $y:ident), $e:expr, $cuda:tt) => {
        cuprous_core::LoopDef {
            op: $name,
            ins: &[<$t as cuprous_core::Element>::DTYPE, <$t as cuprous_core::Element>::DTYPE],
            outs: &[<result_of!($t $r) as cuprous_core::Element>::DTYPE],
            cpu: inner_loop!(#[inline(always)] |$x: $crate::loops::C<$t>, $y: $crate::loops::C<$t>| -> $crate::loops::C<result_of!($t $r)> { $e }; result_of!($t $r); $t, $t),
            cuda: ufuncs!(@text $cuda),
            prelude: ufuncs!(@prelude $cuda),
        }
    };
    // Three arguments: the first is a condition.
    (@row $name:literal, $t:ident, same, ($x:ident, $y:ident, $z:ident), $e:expr, $cuda:tt) => {
        cuprous_core::LoopDef {
            op: $name,
            ins: &[cuprous_core::DType::Bool, <$t as cuprous_core::Element>::DTYPE, <$t as cuprous_core::Element>::DTYPE],
            outs: &[<$t as cuprous_core::Element>::DTYPE],
            cpu: inner_loop!(#[inline(always)] |$x: bool, $y: $crate::loops::C<$t>, $z: $crate::loops::C<$t>| -> $crate::loops::C<$t> { $e }; $t; bool, $t, $t),
            cuda: ufuncs!(@text $cuda),
            prelude: ufuncs!(@prelude $cuda),
        }
    };
}

/// A reduction: its static, with a `Fold` type for each row.
macro_rules! reduction {
    (
        $(#[$doc:meta])+
        $id:ident $name:literal, identity $identity:expr, indexed $indexed:literal, reference $reference:literal, domain $domain:ident, ulp $ulp:literal, final $final:tt {
            $( [$($t:ident)+] as $acc:ty [$cacc:tt] -> $out:ident, neutral $neutral:expr, lift |$x:ident, $i:ident| $lift:expr,
               combine |$a:ident, $b:ident| $combine:expr, finish |$f:ident, $n:ident| $finish:expr,
               cuda $cuda:tt; )+
        }
    ) => {
        $(#[$doc])+
        pub static $id: cuprous_core::ReduceDef = cuprous_core::ReduceDef {
            name: $name,
            rows: &[$($({
                type T = $t;
                type Acc = $acc;
                type Out = reduction!(@out $t $out);
                struct Row;
                impl $crate::loops::Fold for Row {
                    type In = T;
                    type Acc = Acc;
                    type Out = Out;
                    #[inline(always)]
                    fn neutral() -> Acc { $neutral }
                    #[inline(always)]
                    #[allow(unused_variables, clippy::unnecessary_cast)]
                    fn lift($x: $crate::loops::C<T>, $i: i64) -> Acc { $lift }
                    #[inline(always)]
                    fn combine($a: Acc, $b: Acc) -> Acc { $combine }
                    #[inline(always)]
                    #[allow(unused_variables)]
                    fn finish($f: Acc, $n: u64) -> $crate::loops::C<Out> { $finish }
                }
                cuprous_core::ReduceRow {
                    op: $name,
                    input: <T as cuprous_core::Element>::DTYPE,
                    output: <Out as cuprous_core::Element>::DTYPE,
                    indexed: $indexed,
                    cpu: cuprous_core::op::ReduceLoops {
                        size: size_of::<Acc>(),
                        start: $crate::loops::fold_start::<Row>,
                        fold_run: $crate::loops::fold_run::<Row>,
                        fold_lanes: $crate::loops::fold_lanes::<Row>,
                        combine: $crate::loops::fold_combine::<Row>,
                        finish: $crate::loops::fold_finish::<Row>,
                        is_final: reduction!(@final $final),
                    },
                    cuda: cuprous_core::op::ReduceText {
                        acc: reduction!(@cacc $t $cacc),
                        ..reduction!(@cuda $cuda)
                    },
                }
            }),+),+],
            identity: $identity,
            test: cuprous_core::op::TestSpec { reference: $reference, domain: { use cuprous_core::op::Domain::*; &[$domain] }, ulp: $ulp },
        };
    };
    (@out $t:ident same) => { $t };
    (@out $t:ident $out:ident) => { $out };
    (@final []) => { None };
    (@final [$f:expr]) => { Some($f) };
    (@cuda ($neutral:literal, $lift:literal, $combine:expr, $finish:literal)) => { reduction!(@cuda ($neutral, $lift, $combine, $finish, "")) };
    (@cuda ($neutral:literal, $lift:literal, $combine:expr, $finish:literal, $prelude:expr)) => {
        cuprous_core::op::ReduceText { acc: "", neutral: $neutral, lift: $lift, combine: $combine, finish: $finish, prelude: $prelude }
    };
    // `"same"` is the element's own type; a literal may hold `{T}` nowhere else, so that rows stay plain text.
    (@cacc bool "same") => { "bool" };
    (@cacc i8 "same") => { "signed char" };
    (@cacc u8 "same") => { "unsigned char" };
    (@cacc i16 "same") => { "short" };
    (@cacc u16 "same") => { "unsigned short" };
    (@cacc i32 "same") => { "int" };
    (@cacc u32 "same") => { "unsigned int" };
    (@cacc i64 "same") => { "long long" };
    (@cacc u64 "same") => { "unsigned long long" };
    (@cacc f16 "same") => { "float" };
    (@cacc f32 "same") => { "float" };
    (@cacc f64 "same") => { "double" };
    (@cacc c64 "same") => { "c64" };
    (@cacc c128 "same") => { "c128" };
    (@cacc $t:ident $other:literal) => { $other };
}
