//! The little linear algebra the samplers need: symmetric positive definite matrices by their lower triangle.

/// The lower triangle L with L L^T the matrix, of which only the lower triangle is read; nothing where it is not positive definite.
pub(super) fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (row, line) in matrix.iter().enumerate() {
        let mut computed: Vec<f64> = Vec::with_capacity(row + 1);
        for (column, above) in lower.iter().enumerate() {
            let left = line[column] - dot(&computed, above);
            computed.push(left / above[column]);
        }
        let left = line[row] - dot(&computed, &computed);
        computed.push((left > 1e-14).then(|| left.sqrt())?);
        lower.push(computed);
    }
    Some(lower)
}

/// x with L x = b.
pub(super) fn solved(lower: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x: Vec<f64> = Vec::with_capacity(b.len());
    for (row, (line, b)) in lower.iter().zip(b).enumerate() {
        x.push((b - dot(&x, line)) / line[row]);
    }
    x
}

/// x with L^T x = b.
pub(super) fn solved_transposed(lower: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for row in (0..b.len()).rev() {
        x[row] /= lower[row][row];
        let value = x[row];
        x.iter_mut().zip(&lower[row][..row]).for_each(|(other, l)| *other -= l * value);
    }
    x
}

/// Over as many entries as the shorter one has.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
