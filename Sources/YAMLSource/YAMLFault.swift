// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a file; lines and columns count from 1.
package struct Place: Sendable, Hashable, CustomStringConvertible {
  package let file: String
  package let line: Int
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  package var description: String { "\(file):\(line):\(column)" }
}

/// A value with the place where it was written, for faults that are found later.
package struct Placed<Value: Sendable>: Sendable {
  package let value: Value
  package let place: Place

  package init(_ value: Value, at place: Place) {
    self.value = value
    self.place = place
  }
}

/// One thing that is wrong with a file: where, what, and how to mend it.
package struct YAMLFault: Sendable, Hashable, CustomStringConvertible {
  package let place: Place
  package let message: String

  package init(_ message: String, at place: Place) {
    self.message = message
    self.place = place
  }

  package var description: String { "\(place): \(message)" }
}

/// All that is wrong with one or more files.
package struct YAMLFaults: Error, Sendable, CustomStringConvertible {
  package let faults: [YAMLFault]

  package init(_ faults: [YAMLFault]) { self.faults = faults }

  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
