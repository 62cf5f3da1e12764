//! What the environment says: whether values wait, whether each operation is waited for, what is logged.

use std::sync::OnceLock;

/// Settings read once from the environment.
struct Settings {
    fusion: bool,
    sync: bool,
    log_plan: bool,
}

fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        Settings {
            fusion: !matches!(&var("CUPROUS_FUSION")[..], "off" | "0" | "false"),
            sync: matches!(&var("CUPROUS_SYNC")[..], "1" | "on" | "true"),
            log_plan: var("CUPROUS_LOG").split(',').any(|w| w.trim() == "plan"),
        }
    })
}

/// Whether values may wait (`CUPROUS_FUSION=off` computes each at once).
pub fn fusion() -> bool {
    settings().fusion
}

/// Whether each operation is waited for (`CUPROUS_SYNC=1`), so that a failure is raised by its own line.
pub fn sync() -> bool {
    settings().sync
}

/// Prints a program that is about to run, if `CUPROUS_LOG` asks for plans.
pub(crate) fn log_plan(text: impl FnOnce() -> String) {
    if settings().log_plan {
        eprintln!("cuprous plan: {}", text().trim_end());
    }
}
