//! Many devices: Shardy's attributes and operations, and StableHLO's collectives.

use super::attributes::pairs;
use super::control::Site;
use super::emitter::Emitter;
use crate::error::Result;
use crate::sharding::{Collective, Exchange, Mesh, Partition, ShardMap, Sharding};
use crate::{DType, Spec};
use melior::ir::attribute::StringAttribute;
use melior::ir::{Location, Operation, Value};

/// The symbol of a module's `index`-th mesh.
pub(super) fn mesh_name(index: usize) -> String {
    match index {
        0 => "mesh".to_string(),
        index => format!("mesh_{index}"),
    }
}

/// The mesh as a symbol of the module.
pub(super) fn define<'c>(emitter: &Emitter<'c>, index: usize, mesh: &Mesh) -> Result<Operation<'c>> {
    let axes: Vec<String> = mesh.axes().map(|(name, size)| format!("{name:?}={size}")).collect();
    let name = StringAttribute::new(emitter.context(), &mesh_name(index));
    let attributes = vec![
        ("sym_name", name.into()),
        ("mesh", emitter.attribute(&format!("#sdy.mesh<[{}]>", axes.join(", ")))?),
    ];
    emitter.build("sdy.mesh", Location::unknown(emitter.context()), &[], &[], attributes, Vec::new())
}

/// The attribute of a sharding of a tensor of this rank over the mesh of this name.
pub(super) fn whole(mesh: &str, sharding: &Sharding, rank: usize) -> String {
    format!("#sdy.sharding{}", split(mesh, &sharding.partition.to_rank(rank)))
}

fn split(mesh: &str, partition: &Partition) -> String {
    let axes: Vec<String> = partition
        .axes()
        .map(|axes| {
            format!("{{{}}}", axes.iter().map(|axis| format!("{axis:?}")).collect::<Vec<_>>().join(", "))
        })
        .collect();
    format!("<@{mesh}, [{}]>", axes.join(", "))
}

pub(super) fn lower_shard_map<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    map: &ShardMap,
    operands: &[Value<'c, 'a>],
) -> Result<Vec<Value<'c, 'a>>> {
    let emitter = site.emitter;
    let mesh = emitter.mesh(&map.mesh)?;
    let list = |partitions: &[Partition], ranks: Vec<usize>| {
        let each =
            partitions.iter().zip(ranks).map(|(partition, rank)| split(&mesh, &partition.to_rank(rank)));
        emitter.attribute(&format!("#sdy.sharding_per_value<[{}]>", each.collect::<Vec<_>>().join(", ")))
    };
    let inputs = map.body.inputs().iter().map(|input| input.spec.rank()).collect();
    let outputs = map.body.outputs().iter().map(|spec| spec.rank()).collect();
    let axes: Vec<String> = map.mesh.axes().map(|(name, _)| format!("{name:?}")).collect();
    let attributes = vec![
        ("in_shardings", list(&map.inputs, inputs)?),
        ("out_shardings", list(&map.outputs, outputs)?),
        ("manual_axes", emitter.attribute(&format!("#sdy<manual_axes{{{}}}>", axes.join(", ")))?),
    ];
    let region = emitter.region(&map.body, "sdy.return")?;
    site.write("sdy.manual_computation", operands, site.node.ty.specs(), attributes, vec![region])
}

/// The device's number, as the place along one axis that it means.
pub(super) fn lower_axis_index<'c, 'a>(
    site: Site<'_, 'c, 'a>,
    mesh: &Mesh,
    axis: &str,
) -> Result<Vec<Value<'c, 'a>>> {
    let number = Spec::scalar(DType::U32);
    let mut place = site.one("stablehlo.partition_id", &[], &number, vec![])?;
    let at = mesh.position(axis).unwrap_or(0);
    for (name, by) in
        [("stablehlo.divide", mesh.stride(at)), ("stablehlo.remainder", mesh.count(&[axis.into()]))]
    {
        let by = site.integer(&number, by)?;
        place = site.one(name, &[place, by], &number, vec![])?;
    }
    site.write("stablehlo.convert", &[place], site.node.ty.specs(), vec![], vec![])
}

/// The attributes of a collective.
pub(super) fn collective(collective: &Collective) -> Vec<(&'static str, String)> {
    let groups = collective.mesh.groups(&collective.axes);
    // One channel serves all, as they run in the program's order.
    let channel = ("channel_handle", "#stablehlo.channel_handle<handle = 1, type = 1>".to_string());
    let spelt = ("replica_groups", matrix(&groups));
    let global = ("use_global_device_ids", "unit".to_string());
    let number = |value: usize| format!("{value} : i64");
    match &collective.exchange {
        Exchange::Sum | Exchange::Total | Exchange::Max | Exchange::Min => vec![spelt, channel, global],
        // They are their operands.
        Exchange::Vary | Exchange::Same => Vec::new(),
        Exchange::Gather { axis } => vec![("all_gather_dim", number(*axis)), spelt, channel, global],
        Exchange::ReduceScatter { axis } => {
            vec![("scatter_dimension", number(*axis)), spelt, channel, global]
        }
        Exchange::AllToAll { split, concat } => vec![
            ("split_dimension", number(*split)),
            ("concat_dimension", number(*concat)),
            ("split_count", number(collective.count())),
            spelt,
            channel,
        ],
        Exchange::Permute { pairs: places } => {
            let ways: Vec<(i64, i64)> = groups
                .iter()
                .flat_map(|group| places.iter().map(|&(from, to)| (group[from] as i64, group[to] as i64)))
                .collect();
            vec![("source_target_pairs", pairs(&ways)), channel]
        }
    }
}

fn matrix(rows: &[Vec<usize>]) -> String {
    let width = rows.first().map_or(0, Vec::len);
    format!("dense<{rows:?}> : tensor<{}x{width}xi64>", rows.len())
}
