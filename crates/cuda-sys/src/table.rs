//! The macro that makes a struct of function pointers out of a list of signatures, and its load-once slot.

use crate::search;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A library that is loaded once. Failures are remembered until the search path changes.
pub(crate) struct Slot<T: 'static> {
    api: OnceLock<T>,
    failed: Mutex<Option<(u64, String)>>,
}

impl<T> Slot<T> {
    pub(crate) const fn new() -> Slot<T> {
        Slot { api: OnceLock::new(), failed: Mutex::new(None) }
    }

    pub(crate) fn peek(&'static self) -> Option<&'static T> {
        self.api.get()
    }

    pub(crate) fn get(&'static self, load: impl FnOnce() -> Result<T, String>) -> Result<&'static T, String> {
        if let Some(api) = self.api.get() {
            return Ok(api);
        }
        // The lock is held while loading, so that one thread loads and the others wait for its result.
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(api) = self.api.get() {
            return Ok(api);
        }
        let generation = search::generation();
        if let Some((seen, message)) = &*failed
            && *seen == generation
        {
            return Err(message.clone());
        }
        match load() {
            Ok(api) => Ok(self.api.get_or_init(|| api)),
            Err(message) => {
                *failed = Some((generation, message.clone()));
                Err(message)
            }
        }
    }
}

macro_rules! api {
    (
        $(#[$doc:meta])* $name:ident of $spec:expr;
        required { $( $f:ident($($a:ident: $t:ty),* $(,)?) -> $r:ty; )* }
        optional { $( $g:ident($($b:ident: $u:ty),* $(,)?) -> $s:ty; )* }
    ) => {
        $(#[$doc])*
        #[allow(non_snake_case)]
        pub struct $name {
            /// The library itself, never unloaded, and where it was found
            pub library: $crate::search::Loaded,
            $(
                #[doc = concat!("The library's `", stringify!($f), "`")]
                pub $f: unsafe extern "C" fn($($a: $t),*) -> $r,
            )*
            $(
                #[doc = concat!("The library's `", stringify!($g), "`, which some versions lack")]
                pub $g: Option<unsafe extern "C" fn($($b: $u),*) -> $s>,
            )*
        }

        impl $name {
            fn slot() -> &'static $crate::table::Slot<$name> {
                static SLOT: $crate::table::Slot<$name> = $crate::table::Slot::new();
                &SLOT
            }

            /// The library, loaded at the first call.
            ///
            /// # Errors
            /// What is missing, where it was looked for and the command that mends it.
            #[inline]
            pub fn get() -> Result<&'static $name, String> {
                Self::slot().get(|| {
                    let library = $crate::search::open(&$spec)?;
                    // SAFETY: the signatures are those of NVIDIA's documentation for these names, for every
                    // version that `search::open` accepts.
                    unsafe {
                        Ok($name {
                            $( $f: library.symbol(stringify!($f))?, )*
                            $( $g: library.symbol(stringify!($g)).ok(), )*
                            library,
                        })
                    }
                })
            }

            /// The library, if it was loaded before.
            pub fn loaded() -> Option<&'static $name> {
                Self::slot().peek()
            }
        }
    };
}
