// SPDX-License-Identifier: Apache-2.0
import Foundation

extension Double {
  /// The number with so many digits that count, small ones with an exponent.
  package func formatted(digits: Int) -> String { String(format: "%.\(digits)g", self) }
}

/// Numbers as people read them.
package enum NumberText {
  /// Three decimals; `<0.001` where they would show nothing; thousands parted.
  package static func text(_ value: Double) -> String {
    let size = abs(value)
    if size > 0, size < 0.0005 { return value > 0 ? "<0.001" : ">-0.001" }
    if size >= 1e15 { return String(format: "%.3g", value) }
    if size >= 1000 { return grouped(Int(value.rounded())) }
    if size >= 100, value == value.rounded() { return String(Int(value)) }
    return String(format: size >= 100 ? "%.1f" : "%.3f", value)
  }

  /// A share as per cent with one decimal.
  package static func percent(_ share: Double) -> String {
    String(format: "%.1f %%", 100 * share)
  }

  /// A whole number, however large.
  package static func whole(_ value: Double) -> String {
    abs(value) < 1e15 ? grouped(Int(value.rounded())) : text(value)
  }

  /// `61,432`.
  package static func grouped(_ count: Int) -> String {
    var digits = String(count.magnitude)
    var parts: [String] = []
    while digits.count > 3 {
      parts.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    parts.insert(digits, at: 0)
    return (count < 0 ? "-" : "") + parts.joined(separator: ",")
  }
}
