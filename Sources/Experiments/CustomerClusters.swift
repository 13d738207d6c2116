// SPDX-License-Identifier: Apache-2.0

/// The customers behind rows: rows of one customer vary together, rows of two do not.
struct CustomerClusters: Sendable {
  let count: Int
  /// 0..<count for each row; nil where each row is another customer.
  private let numbers: [UInt32]?

  /// - Complexity: O(rows).
  init(_ customers: [UInt32]?, rows: Int) {
    precondition(rows <= Int(UInt32.max), "rows are numbered by 32 bits")
    guard let customers else {
      (count, numbers) = (rows, nil)
      return
    }
    precondition(customers.count == rows, "each row has a customer")
    var known: [UInt32: UInt32] = [:]
    known.reserveCapacity(rows)
    let dense = customers.map { customer in
      let next = UInt32(known.count)
      let number = known[customer] ?? next
      if number == next { known[customer] = next }
      return number
    }
    count = known.count
    numbers = known.count == rows ? nil : dense
  }

  /// Returns the sums of a value over the rows of each customer.
  func sums(_ values: [Double]) -> [Double] {
    guard let numbers else { return values }
    var sums = Array(repeating: 0.0, count: count)
    for (row, value) in values.enumerated() { sums[Int(numbers[row])] += value }
    return sums
  }

  /// Returns how many customers have a row with this label.
  func customers(labelled label: Bool, in labels: [Bool]) -> Int {
    guard let numbers else { return labels.count { $0 == label } }
    var isSeen = Array(repeating: false, count: count)
    for (row, value) in labels.enumerated() where value == label {
      isSeen[Int(numbers[row])] = true
    }
    return isSeen.count { $0 }
  }

  /// The variance of a sum to which each row adds a share with mean 0: the sandwich of Liang and
  /// Zeger (1986), for rows of their own customers the ordinary one.
  func variance(_ shares: [Double]) -> Double {
    guard count > 1 else { return 0 }
    return Self.inflation(count) * sums(shares).reduce(0) { $0 + $1 * $1 }
  }

  /// The variance of a sum over churners and over others, each class with its own count of
  /// customers.
  ///
  /// Obuchowski (Biometrics 53, 1997); for rows of their own customers the variance of DeLong,
  /// DeLong and Clarke-Pearson (Biometrics 44, 1988).
  func variance(_ shares: [Double], labels: [Bool]) -> Double {
    let churners = sums(zip(shares, labels).map { $1 ? $0 : 0 })
    let others = sums(zip(shares, labels).map { $1 ? 0 : $0 })
    func product(_ first: [Double], _ second: [Double]) -> Double {
      zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let within =
      Self.inflation(customers(labelled: true, in: labels)) * product(churners, churners)
      + Self.inflation(customers(labelled: false, in: labels)) * product(others, others)
    return max(0, within + 2 * Self.inflation(count) * product(churners, others))
  }

  /// Makes up for the degree of freedom that the mean takes.
  private static func inflation(_ count: Int) -> Double {
    count > 1 ? Double(count) / Double(count - 1) : 1
  }
}
