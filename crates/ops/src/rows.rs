//! The macros in which rows are written: each line names dtypes, the CPU's expression and CUDA's text.

#[macro_use]
pub mod draws;

/// The number of arguments and of results of a row, and the loop that fits.
macro_rules! inner_loop {
    ($f:expr; $r:ty, $s:ty; $a:ty) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            // SAFETY: the caller keeps the contract of `InnerLoop`.
            unsafe { $crate::loops::unary_two::<$a, $r, $s, _>(args, strides, n, $f) }
        }
        run
    }};
    ($f:expr; $r:ty, $s:ty; $a:ty, $b:ty) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            // SAFETY: the caller keeps the contract of `InnerLoop`.
            unsafe { $crate::loops::binary_two::<$a, $b, $r, $s, _>(args, strides, n, $f) }
        }
        run
    }};
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

/// The result type of a line: `same`, `real`, or a type.
macro_rules! result_of {
    ($t:ident same) => {
        $t
    };
    (c64 real) => {
        f32
    };
    (c128 real) => {
        f64
    };
    ($t:ident $r:ident) => {
        $r
    };
}

/// A chapter of ufuncs: statics and the list of them.
///
/// ```text
/// ufuncs! { ($) ALL for_each_arithmetic;
///     /// Documentation.
///     add ADD "add" (x1, x2), identity Some(0.0), resolve FirstThatFits, reference "numpy.add", domain [Any, Any], ulp 0, by SUM {
///         [f16 f32] -> same (a, b) a + b => ("in0 + in1");
///         [c64 c128] -> real (a, b) ... => ("...", PRELUDE);
///         [f64] -> same (a, b: i32) ... => ("...");            // the second input has a dtype of its own
///         [f32] -> same (a as Exp) vector => ("...");               // on the CPU a `Map` of `vector`; `(a, b as Pow)` a `Map2`
///     }
///     /// Documentation of a function with further names, two results, and a scan.
///     divmod DIVMOD "divmod" | "alias" (x1, x2) -> (quotient, remainder), identity None, ..., ulp 0 {
///         [f32] -> (same, i32) (a, b) (..., ...) => ("out0 = ...; out1 = ...");
///     }
/// }
/// ```
///
/// After `ulp`: `by REDUCTION` names the reduction that `reduce` is, `along SCAN` the scan that `accumulate` is,
/// `hidden true` keeps the function from Python, and `in "x"` behind it offers it in a namespace below `cuprous`.
macro_rules! ufuncs {
    (($d:tt) $all:ident $for_each:ident; $(
        $(#[doc = $doc:literal])+
        $function:ident $id:ident $name:literal $(| $alias:literal)* ($($arg:ident),+) $(-> ($($out:ident),+))?,
        identity $identity:expr, resolve $resolve:expr, reference $reference:literal,
        domain [$($domain:ident),+], ulp $ulp:literal $(, by $reduction:ident)? $(, along $scan:ident)? $(, hidden $hidden:tt $(in $module:literal)?)? {
            $( [$($t:ident)+] -> $r:tt $x:tt $e:expr => $cuda:tt; )+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            pub static $id: cuprous_core::UfuncDef = cuprous_core::UfuncDef {
                name: $name,
                aliases: &[$($alias),*],
                doc: concat!($($doc, "\n"),+),
                args: &[$(stringify!($arg)),+],
                n_outs: ufuncs!(@count $($($out)+)?),
                loops: &[$($(ufuncs!(@row $name, $t, $r, $x, $e, $cuda)),+),+],
                resolve: { use cuprous_core::op::Resolve::*; $resolve },
                identity: $identity,
                reduction: ufuncs!(@reduction $($reduction)?),
                scan: ufuncs!(@scan $($scan)?),
                is_public: ufuncs!(@public $($hidden)?),
                module: concat!("", $($($module)?)?),
                test: cuprous_core::op::TestSpec { reference: $reference, domain: { use cuprous_core::op::Domain::*; &[$($domain),+] }, ulp: $ulp },
            };
        )+
        /// The ufuncs of this chapter.
        pub static $all: &[&cuprous_core::UfuncDef] = &[$(&$id),+];

        /// Hands `docs function STATIC (arguments) -> (results);` of each ufunc of this chapter to a macro, the results
        /// only where there are several: from these lines other crates make their functions.
        #[macro_export]
        macro_rules! $for_each {
            ($d each:ident) => { $d each! { $( $(#[doc = $doc])+ $function $id ($($arg),+) $(-> ($($out),+))?; )+ } };
        }
    };
    (@count) => { 1 };
    (@count $a:ident $b:ident) => { 2 };
    (@reduction) => { None };
    (@reduction $reduction:ident) => { Some(&$crate::reductions::$reduction) };
    (@scan) => { None };
    (@scan $scan:ident) => { Some(&$crate::scans::$scan) };
    (@public) => { true };
    (@public true) => { false };
    (@text ($cuda:literal)) => { $cuda };
    (@text ($cuda:literal, $p:expr)) => { $cuda };
    (@prelude ($cuda:literal)) => { "" };
    (@prelude ($cuda:literal, $p:expr)) => { $p };
    (@row $name:literal, $t:ident, ($r:ident, $s:ident), ($x:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@def $name, [$t], [result_of!($t $r), result_of!($t $s)], $cuda,
            #[inline(always)] |$x: $crate::loops::C<$t>| -> ($crate::loops::C<result_of!($t $r)>, $crate::loops::C<result_of!($t $s)>) { $e })
    };
    (@row $name:literal, $t:ident, ($r:ident, $s:ident), ($x:ident, $y:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@def $name, [$t, $t], [result_of!($t $r), result_of!($t $s)], $cuda,
            #[inline(always)] |$x: $crate::loops::C<$t>, $y: $crate::loops::C<$t>| -> ($crate::loops::C<result_of!($t $r)>, $crate::loops::C<result_of!($t $s)>) { $e })
    };
    (@row $name:literal, $t:ident, same, ($($x:ident),+ as $map:ident), $e:expr, $cuda:tt) => {
        cuprous_core::LoopDef {
            op: $name,
            ins: &[$({ stringify!($x); <$t as cuprous_core::Element>::DTYPE }),+],
            outs: &[<$t as cuprous_core::Element>::DTYPE],
            cpu: ufuncs!(@map $t, $map, $($x)+),
            cuda: ufuncs!(@text $cuda),
            prelude: ufuncs!(@prelude $cuda),
            is_heavy: true,
        }
    };
    (@map $t:ident, $map:ident, $x:ident) => { $crate::loops::map::<$t, $crate::vector::$map> };
    (@map $t:ident, $map:ident, $x:ident $y:ident) => { $crate::loops::map_2::<$t, $crate::vector::$map> };
    (@row $name:literal, $t:ident, $r:ident, ($x:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@def $name, [$t], [result_of!($t $r)], $cuda,
            #[inline(always)] |$x: $crate::loops::C<$t>| -> $crate::loops::C<result_of!($t $r)> { $e })
    };
    (@row $name:literal, $t:ident, $r:ident, ($x:ident, $y:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@row $name, $t, $r, ($x, $y: $t), $e, $cuda)
    };
    // The second input has a dtype of its own.
    (@row $name:literal, $t:ident, $r:ident, ($x:ident, $y:ident : $u:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@def $name, [$t, $u], [result_of!($t $r)], $cuda,
            #[inline(always)] |$x: $crate::loops::C<$t>, $y: $crate::loops::C<$u>| -> $crate::loops::C<result_of!($t $r)> { $e })
    };
    // Three arguments: the first is a condition.
    (@row $name:literal, $t:ident, same, ($x:ident, $y:ident, $z:ident), $e:expr, $cuda:tt) => {
        ufuncs!(@def $name, [bool, $t, $t], [$t], $cuda,
            #[inline(always)] |$x: bool, $y: $crate::loops::C<$t>, $z: $crate::loops::C<$t>| -> $crate::loops::C<$t> { $e })
    };
    (@def $name:literal, [$($in:ty),+], [$($out:ty),+], $cuda:tt, $f:expr) => {
        cuprous_core::LoopDef {
            op: $name,
            ins: &[$(<$in as cuprous_core::Element>::DTYPE),+],
            outs: &[$(<$out as cuprous_core::Element>::DTYPE),+],
            cpu: inner_loop!($f; $($out),+; $($in),+),
            cuda: ufuncs!(@text $cuda),
            prelude: ufuncs!(@prelude $cuda),
            is_heavy: false,
        }
    };
}

/// A reduction: its static, with a `Fold` type for each row. `final` names what tells that an
/// accumulator no longer changes, and `runs` another loop over runs than `fold_run`.
macro_rules! reduction {
    (
        $(#[$doc:meta])+
        $id:ident $name:literal $(of $ufunc:literal)?, identity $identity:expr, indexed $indexed:literal, reference $reference:literal, domain $domain:ident, ulp $ulp:literal, final $final:tt {
            $( [$($t:ident)+] as $acc:ty [$cacc:tt] -> $out:ident, neutral $neutral:expr, lift |$x:ident, $i:ident| $lift:expr,
               combine |$a:ident, $b:ident| $combine:expr, finish |$f:ident, $n:ident| $finish:expr,
               cuda $cuda:tt; )+
        }
    ) => {
        $(#[$doc])+
        pub static $id: cuprous_core::ReduceDef = cuprous_core::ReduceDef {
            name: $name,
            ufunc: reduction!(@ufunc $name $($ufunc)?),
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
                        fold_run: reduction!(@runs $final),
                        fold_lanes: $crate::loops::fold_lanes::<Row>,
                        fold_rows: Some($crate::loops::fold_rows::<Row>),
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
    (@runs [runs $runs:ident]) => { $crate::loops::$runs::<Row> };
    (@runs [$f:ident, runs $runs:ident]) => { $crate::loops::$runs::<Row> };
    (@runs $final:tt) => { $crate::loops::fold_run::<Row> };
    (@ufunc $name:literal) => { $name };
    (@ufunc $name:literal $ufunc:literal) => { $ufunc };
    (@out $t:ident same) => { $t };
    (@out $t:ident $out:ident) => { $out };
    (@final []) => { None };
    (@final [runs $runs:ident]) => { None };
    (@final [$f:ident $(, runs $runs:ident)?]) => { Some($f) };
    (@cuda ($neutral:literal, $lift:literal, $combine:expr, $finish:literal)) => { reduction!(@cuda ($neutral, $lift, $combine, $finish, "")) };
    (@cuda ($neutral:literal, $lift:literal, $combine:expr, $finish:literal, brief $brief:literal)) => {
        cuprous_core::op::ReduceText { brief: $brief, ..reduction!(@cuda ($neutral, $lift, $combine, $finish, "")) }
    };
    (@cuda ($neutral:literal, $lift:literal, $combine:expr, $finish:literal, $prelude:expr)) => {
        cuprous_core::op::ReduceText { acc: "", neutral: $neutral, lift: $lift, combine: $combine, brief: "", finish: $finish, prelude: $prelude }
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
