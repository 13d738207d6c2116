// SPDX-License-Identifier: Apache-2.0

/// A text that is stored with something computed, and says what it was computed from: where the
/// text is another one, the stored value must be computed again.
///
/// The text is `v1;key=value;key=value`, in the order given. It depends on the values alone: not on
/// names in Swift, not on texts for people. Different fields never give the same text:
///
/// - In a value `;` is written `\;` and `\` is written `\\`.
/// - Each element of a list ends with `,`, so that no element and an empty one differ; in an
///   element `,` is written `\,` and `\` is written `\\`. An element that is not there is written
///   `\-`.
/// - A value that is not there leaves its key alone, without `=`.
///
/// Whoever changes what an identity holds, or what a value means, gives it another version.
package struct StoredIdentity: Sendable, Hashable {
  package let text: String

  /// An identity of fields; keys hold neither `;` nor `=`.
  package init(version: Int, _ fields: KeyValuePairs<String, Value>) {
    let parts = fields.map { key, value in
      key + (value.text.map { "=" + Self.escaped($0, ";") } ?? "")
    }
    text = (["v\(version)"] + parts).joined(separator: ";")
  }

  fileprivate static func escaped(_ text: String, _ separator: String) -> String {
    text.replacing("\\", with: "\\\\").replacing(separator, with: "\\" + separator)
  }
}

extension StoredIdentity {
  /// A value in its one spelling.
  package struct Value: Sendable, Hashable {
    /// Nil where the value is not there.
    fileprivate let text: String?

    package static func text(_ text: String?) -> Value { Value(text: text) }

    package static func integer(_ number: Int?) -> Value { Value(text: number.map(String.init)) }

    /// A number in the shortest decimal form that gives the same number back.
    package static func number(_ number: Double?) -> Value {
      Value(text: number.map(\.description))
    }

    /// A duration in microseconds.
    package static func duration(_ duration: FixedDuration?) -> Value {
      Value(text: duration.map { "\($0.microseconds)us" })
    }

    /// A moment in microseconds since 1970 in UTC.
    package static func instant(_ instant: Instant?) -> Value {
      Value(text: instant.map { "\($0.microseconds)us" })
    }

    /// A span of time, by its two ends.
    package static func range(_ range: TimeRange) -> Value {
      .list([.instant(range.from), .instant(range.to)])
    }

    /// A kind of window as it is written in the configuration and in stored findings.
    package static func window(_ window: WindowSpec?) -> Value {
      let text: String? =
        switch window {
        case .sliding(let days)?: "\(days)d"
        case .week?: "1w"
        case .month?: "1mo"
        case nil: nil
        }
      return Value(text: text)
    }

    /// Values in order; nil where there is no list.
    package static func list(_ values: [Value]?) -> Value {
      Value(
        text: values.map { values in
          values.map { ($0.text.map { StoredIdentity.escaped($0, ",") } ?? "\\-") + "," }.joined()
        }
      )
    }

    /// An identity inside another one.
    package static func identity(_ identity: StoredIdentity) -> Value {
      Value(text: identity.text)
    }
  }
}
