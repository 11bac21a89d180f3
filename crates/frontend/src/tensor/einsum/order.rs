//! In which order to contract: pairs of operands, by the number of multiplications.
//!
//! Up to eight operands every order is compared, by dynamic programming over sets of operands. Beyond, the pair goes first
//! whose result is smallest beside what it replaces.

use super::plan::{Index, Plan};

/// So many operands have their orders compared in full: 6561 splits.
const COMPARED: usize = 8;

/// Sets of indices.
type Set = u128;

/// The steps: each contracts two values and makes the next one. Operands are values `0..n`, the first step makes value `n`.
pub(super) fn order(operands: &[&[Index]], plan: &Plan) -> Vec<(usize, usize)> {
    let sets: Vec<Set> = operands.iter().map(|indices| set(indices)).collect();
    // An empty axis makes everything free and says nothing about the others.
    let sizes: Vec<f64> = plan.sizes.iter().map(|&size| size.max(1) as f64).collect();
    let costs = Costs { sizes, output: set(&plan.output) };
    match sets.len() {
        0 | 1 => Vec::new(),
        2..=COMPARED => costs.best(&sets),
        _ => costs.greedy(&sets),
    }
}

fn set(indices: &[usize]) -> Set {
    indices.iter().fold(0, |set, &index| set | 1 << index)
}

struct Costs {
    sizes: Vec<f64>,
    output: Set,
}

impl Costs {
    fn size(&self, set: Set) -> f64 {
        self.sizes
            .iter()
            .enumerate()
            .filter(|(index, _)| set >> index & 1 == 1)
            .map(|(_, size)| size)
            .product()
    }

    fn best(&self, operands: &[Set]) -> Vec<(usize, usize)> {
        let count = operands.len();
        let all = (1usize << count) - 1;
        let union =
            |group: usize| (0..count).filter(|i| group >> i & 1 == 1).fold(0, |set, i| set | operands[i]);
        // What remains of a group's indices once it is contracted.
        let kept: Vec<Set> =
            (0..=all).map(|group| union(group) & (union(all & !group) | self.output)).collect();
        let mut cost = vec![0.0; all + 1];
        let mut split = vec![0; all + 1];
        for group in (1..=all).filter(|group| group.count_ones() > 1) {
            cost[group] = f64::INFINITY;
            // The part with the lowest operand, so that each split is seen once.
            let mut part = (group - 1) & group;
            while part > 0 {
                if part & (group & group.wrapping_neg()) != 0 {
                    let own = |part: usize| if part.count_ones() == 1 { union(part) } else { kept[part] };
                    let step = self.size(own(part) | own(group & !part));
                    let total = step + cost[part] + cost[group & !part];
                    if total < cost[group] {
                        (cost[group], split[group]) = (total, part);
                    }
                }
                part = (part - 1) & group;
            }
        }
        let mut steps = Vec::with_capacity(count - 1);
        unfold(all, &split, count, &mut steps);
        steps
    }

    fn greedy(&self, operands: &[Set]) -> Vec<(usize, usize)> {
        let mut live: Vec<(usize, Set)> = operands.iter().copied().enumerate().collect();
        let mut steps = Vec::with_capacity(operands.len() - 1);
        while live.len() > 1 {
            let mut best = (f64::INFINITY, f64::INFINITY, 0, 1, 0);
            for i in 0..live.len() {
                for j in i + 1..live.len() {
                    let others = live.iter().enumerate().filter(|(k, _)| *k != i && *k != j);
                    let needed = others.fold(self.output, |set, (_, (_, own))| set | own);
                    let both = live[i].1 | live[j].1;
                    let growth = self.size(both & needed) - self.size(live[i].1) - self.size(live[j].1);
                    let cost = self.size(both);
                    if (growth, cost) < (best.0, best.1) {
                        best = (growth, cost, i, j, both & needed);
                    }
                }
            }
            let (_, _, i, j, kept) = best;
            steps.push((live[i].0, live[j].0));
            live.remove(j);
            live.remove(i);
            live.push((operands.len() + steps.len() - 1, kept));
        }
        steps
    }
}

/// The steps of a group and the value it becomes.
fn unfold(group: usize, split: &[usize], operands: usize, steps: &mut Vec<(usize, usize)>) -> usize {
    if group.count_ones() == 1 {
        return group.trailing_zeros() as usize;
    }
    let left = unfold(split[group], split, operands, steps);
    let right = unfold(group & !split[group], split, operands, steps);
    steps.push((left, right));
    operands + steps.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(operands: &[&[usize]], output: &[usize], sizes: &[usize]) -> Vec<(usize, usize)> {
        let plan = Plan { operands: Vec::new(), output: output.to_vec(), sizes: sizes.to_vec() };
        super::order(operands, &plan)
    }

    #[test]
    fn a_chain_of_matrices_starts_where_it_is_thin() {
        // [1000, 2] [2, 1000] [1000, 3]: the right product first.
        let chain: [&[usize]; 3] = [&[0, 1], &[1, 2], &[2, 3]];
        assert_eq!(order(&chain, &[0, 3], &[1000, 2, 1000, 3]), [(1, 2), (0, 3)]);
        assert_eq!(order(&chain, &[0, 3], &[3, 1000, 2, 1000]), [(0, 1), (3, 2)]);
    }

    #[test]
    fn many_operands_are_contracted_greedily_and_once_each() {
        let operands: Vec<Vec<usize>> = (0..12).map(|i| vec![i, i + 1]).collect();
        let operands: Vec<&[usize]> = operands.iter().map(Vec::as_slice).collect();
        let steps = order(&operands, &[0, 12], &[2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2]);
        assert_eq!(steps.len(), 11);
        let mut used: Vec<usize> = steps.iter().flat_map(|&(a, b)| [a, b]).collect();
        used.sort_unstable();
        assert_eq!(used, (0..22).collect::<Vec<_>>());
    }
}
