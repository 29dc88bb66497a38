//! `[ceilings]`: what strangers may set off within an hour or a day.

use serde::{Deserialize, Serialize};

/// How many leads strangers may open, and how many automatic replies go out; what goes over it is stored and listed as unresolved, or gets no reply.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ceilings {
    /// New leads within an hour from one SMTP client.
    pub client_per_hour: u32,
    /// New leads within an hour from one source, or at one inbox where no source matched.
    pub source_per_hour: u32,
    /// Automatic replies within an hour to one address.
    pub reply_address_per_hour: u32,
    /// Automatic replies within a day to one address.
    pub reply_address_per_day: u32,
    /// Automatic replies within an hour to all addresses together.
    pub reply_per_hour: u32,
    /// Automatic replies within a day to all addresses together.
    pub reply_per_day: u32,
}

impl Default for Ceilings {
    fn default() -> Self {
        Ceilings {
            client_per_hour: 200,
            source_per_hour: 1000,
            reply_address_per_hour: 4,
            reply_address_per_day: 10,
            reply_per_hour: 1000,
            reply_per_day: 5000,
        }
    }
}
