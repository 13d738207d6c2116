// SPDX-License-Identifier: Apache-2.0
internal import CLibLinear
import Glibc

/// A logistic regression, fitted by liblinear (Fan et al., 2008) with a weak L2 penalty.
package struct LogisticRegression: Sendable, Hashable, Codable {
  private let weights: [Double]

  /// Returns the fit; nil where the labels are all alike.
  ///
  /// - `inputs`: Rows of inputs, all of one length.
  /// - `labels`: Whether each is of the positive class.
  /// - Complexity: O(rows · inputs) for each of some ten Newton steps.
  package init?(_ inputs: [[Double]], _ labels: [Bool]) {
    guard let width = inputs.first?.count, labels.contains(true), labels.contains(false) else {
      return nil
    }
    let size = width + 2
    // Each row ends with the bias and the mark of the end.
    let nodes = UnsafeMutablePointer<feature_node>.allocate(capacity: inputs.count * size)
    let rows = UnsafeMutablePointer<UnsafeMutablePointer<feature_node>?>.allocate(
      capacity: inputs.count
    )
    let targets = UnsafeMutablePointer<Double>.allocate(capacity: inputs.count)
    defer {
      unsafe nodes.deallocate()
      unsafe rows.deallocate()
      unsafe targets.deallocate()
    }
    for (row, values) in inputs.enumerated() {
      let start = unsafe nodes + row * size
      for (index, value) in values.enumerated() {
        unsafe start[index] = feature_node(index: Int32(index + 1), value: value)
      }
      unsafe start[width] = feature_node(index: Int32(width + 1), value: 1)
      unsafe start[width + 1] = feature_node(index: -1, value: 0)
      unsafe rows[row] = start
      unsafe targets[row] = labels[row] ? 1 : 0
    }
    var problem = unsafe problem(
      l: Int32(inputs.count),
      n: Int32(width + 1),
      y: targets,
      x: rows,
      bias: 1
    )
    var parameters = unsafe parameter()
    unsafe parameters.solver_type = Int32(L2R_LR)
    unsafe parameters.C = 1
    unsafe parameters.eps = 0.0001
    unsafe set_print_string_function { _ in }
    guard let model = unsafe train(&problem, &parameters) else { return nil }
    // Weights speak for the class that was met first.
    let sign: Double = unsafe model.pointee.label[0] == 1 ? 1 : -1
    weights = (0...width).map { unsafe sign * model.pointee.w[$0] }
    var done: UnsafeMutablePointer<model>? = unsafe model
    unsafe free_and_destroy_model(&done)
  }

  /// Returns the probability of the positive class.
  package func probability(_ inputs: [Double]) -> Double {
    var sum = weights[inputs.count]
    for index in inputs.indices { sum += weights[index] * inputs[index] }
    return 1 / (1 + exp(-sum))
  }
}
