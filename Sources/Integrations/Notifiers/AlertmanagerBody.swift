// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Profiles

/// The bodies that Alertmanager takes and sends.
enum AlertmanagerBody {
  /// An alert as `POST /api/v2/alerts` takes it.
  struct Posted: Encodable {
    let labels: [String: String]
    let annotations: [String: String]
    /// Always sent: where it is missing, Alertmanager takes the end for it.
    let startsAt: Instant
    let endsAt: Instant
    let generatorURL: String?

    init(_ notice: AlertNotice, endsAt: Instant) {
      labels = notice.labels
      annotations = notice.annotations
      startsAt = notice.startsAt
      // An end before the start is refused.
      self.endsAt = max(endsAt, notice.startsAt)
      generatorURL = notice.link
    }
  }

  /// The body of version 4 that Alertmanager sends to webhooks.
  struct Webhook: Encodable {
    struct Item: Encodable {
      let status: String
      let labels: [String: String]
      let annotations: [String: String]
      let startsAt: Instant
      let endsAt: String
      let generatorURL: String
      let fingerprint: String
    }

    let receiver: String
    let status: String
    let alerts: [Item]
    let groupLabels: [String: String]
    let commonLabels: [String: String]
    let commonAnnotations: [String: String]
    let externalURL: String
    let version = "4"
    let groupKey: String
    let truncatedAlerts = 0

    init(_ notice: AlertNotice, receiver: String) {
      self.receiver = receiver
      status = notice.status.rawValue
      alerts = [
        Item(
          status: notice.status.rawValue,
          labels: notice.labels,
          annotations: notice.annotations,
          startsAt: notice.startsAt,
          endsAt: notice.endsAt?.description ?? "0001-01-01T00:00:00Z",
          generatorURL: notice.link ?? "",
          fingerprint: Fingerprint.of(notice)
        )
      ]
      groupLabels = notice.labels.filter { ["alertname", "model"].contains($0.key) }
      commonLabels = notice.labels
      commonAnnotations = notice.annotations
      externalURL = ""
      let group = groupLabels.sorted { $0.key < $1.key }
        .map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ", ")
      groupKey = "{}:{\(group)}"
    }

    private static func escaped(_ text: String) -> String {
      text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
  }

  static func json(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// The number by which Alertmanager knows a set of labels.
  enum Fingerprint {
    /// The hash over names and values in order, each ended by 255.
    ///
    /// FNV-1a of 64 bits: G. Fowler, L. Noll, K. Vo (1991).
    static func of(_ notice: AlertNotice) -> String {
      var hash: UInt64 = 14_695_981_039_346_656_037
      func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
      }
      for (name, value) in notice.sortedLabels {
        add(name.utf8)
        add([255])
        add(value.utf8)
        add([255])
      }
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }
}
