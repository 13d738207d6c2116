// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import TestKit
import Testing

@Suite struct StoredWordsTests {
  @Test func `the database knows the words of alerts and deliveries that the program knows`()
    throws
  {
    func words<Word: CaseIterable & RawRepresentable<String>>(_: Word.Type) -> [String] {
      Word.allCases.map(\.rawValue)
    }
    #expect(try SchemaWords.allowed(by: "alert_state_check") == words(AlertState.self))
    #expect(try SchemaWords.allowed(by: "alert_severity_check") == words(Severity.self))
    #expect(
      try SchemaWords.allowed(by: "alert_signal_check") == words(AlertObservation.Signal.self)
    )
    #expect(try SchemaWords.allowed(by: "delivery_state_check") == words(DeliveryState.self))
    #expect(try SchemaWords.allowed(by: "delivery_status_check") == words(AlertNotice.Status.self))
  }
}
