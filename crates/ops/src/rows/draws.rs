//! Rows that draw: any number of inputs of dtypes of their own, one result.

/// A row of several inputs and one result, each element on its own: `draw_row!("name" (x: i64, y: f64) -> f64 expression => "CUDA")`.
macro_rules! draw_row {
    ($name:literal ($($x:ident : $t:ty),+) -> $r:ty $e:block => $cuda:literal) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            let mut k = 0;
            // SAFETY: an `InnerLoop`'s caller promises a pointer and a stride for each input and for the result,
            // each valid for `n` elements.
            unsafe {
                $(
                    let $x = (*args.add(k), *strides.add(k));
                    k += 1;
                )+
                let out = (*args.add(k), *strides.add(k));
                for i in 0..n as isize {
                    $(let $x = <$t as $crate::loops::Lane>::load($x.0.offset(i * $x.1));)+
                    <$r as $crate::loops::Lane>::store(out.0.offset(i * out.1), $e);
                }
            }
        }
        cuprous_core::LoopDef {
            op: $name,
            ins: &[$(<$t as cuprous_core::Element>::DTYPE),+],
            outs: &[<$r as cuprous_core::Element>::DTYPE],
            cpu: run,
            cuda: $cuda,
            prelude: $crate::sampling::CUDA_SAMPLING,
        }
    }};
}
