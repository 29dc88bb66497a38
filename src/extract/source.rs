//! Sources: web forms and portals described in the configuration.
/// One source.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name.
    pub name: String,
}
impl Source {
    /// Whether it can be used, and if not, why.
    pub fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
