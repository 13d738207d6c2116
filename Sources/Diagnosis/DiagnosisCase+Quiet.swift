// SPDX-License-Identifier: Apache-2.0
import Profiles
import Simulator

extension DiagnosisCase {
  /// A fall of exactly what is tolerated, which is to fire no more often than the rule's α says.
  package static let boundary = DiagnosisCase(
    "recall falls",
    size: "by the tolerated 5 points",
    Answer(),
    change: .recallFalls(0.05)
  )

  /// Operators to whom nothing happens, by how they work.
  package static let quiet: [DiagnosisCase] = [
    DiagnosisCase(
      "quiet",
      size: "as simulated",
      Answer()
    ),
    DiagnosisCase(
      "quiet",
      size: "files on the first",
      Answer(),
      delivery: .monthly
    ),
    DiagnosisCase(
      "quiet",
      size: "scored on working days",
      Answer()
    ) { _ in
      gaps { CivilDate(dayNumber: $0).mondayOfWeek.dayNumber + 5 <= $0 }
    },
    DiagnosisCase(
      "quiet",
      size: "scored on the first days",
      Answer()
    ) { _ in
      gaps { CivilDate(dayNumber: $0).day > 4 }
    },
  ]

  /// Days on which nobody is scored.
  private static func gaps(_ isFree: (Int) -> Bool) -> [Incident] {
    (start.dayNumber..<start.firstOfMonth(plus: months).dayNumber).filter(isFree).map {
      Incident(.logStops, from: CivilDate(dayNumber: $0), until: CivilDate(dayNumber: $0 + 1))
    }
  }
}
