//! What one value may look like, a kind a file.

pub(super) mod destination_value;
pub(super) mod duration_value;
pub(super) mod endpoint_value;
pub(super) mod header_value;
pub(super) mod key_value;
pub(super) mod memory_share;
pub(super) mod metrics_label;
pub(super) mod named_value;
pub(super) mod pair_list;
pub(super) mod pattern_value;
pub(super) mod shard_value;
pub(super) mod size_value;
pub(super) mod workers_value;
