// SPDX-License-Identifier: Apache-2.0

/// SQL with the name by which errors and logs speak of it.
package struct Statement: Sendable, Hashable {
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}
