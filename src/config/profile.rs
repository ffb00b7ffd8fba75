//! Settings that are ready to be written out.

/// A settings file that `init` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    pub text: &'static str,
}

/// What `init` writes if nobody names a profile.
pub const PLAIN: Profile =
    Profile { name: "plain", about: "examples to fill in", text: include_str!("profiles/plain.hcl") };

/// All profiles, by name.
pub static PROFILES: &[Profile] = &[
    Profile {
        name: "gov-ccaas",
        about: "the eight tags of a multi-tenant government contact centre",
        text: include_str!("profiles/gov-ccaas.hcl"),
    },
    PLAIN,
];

/// Returns the profile of that name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|p| p.name == name)
}
