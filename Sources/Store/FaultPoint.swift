// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The points of a cycle at which tests stop the process, to show that the next run continues.
///
/// `PLUMBLINE_FAULT=profilesStored` kills the process there, as a power cut would.
/// `PLUMBLINE_FAULT=profilesStored:/some/file` writes the file instead and waits until it is gone, so
/// that a test can stop the server meanwhile.
package enum FaultPoint: String, CaseIterable, Sendable {
  /// It is this run's turn.
  case turnTaken
  /// Cells have been made from the reference and stored.
  case cellsStored
  /// Rows are about to be read, at a moment that is fixed.
  case reading
  /// Rows have been read; nothing of them is stored.
  case profilesRead
  /// Closed buckets whose rows had changed have been stored.
  case revisionsStored
  /// In the transaction that stores new buckets: the mark has moved, the counts are not there.
  case closing
  case profilesStored
  /// Outcomes have been read; nothing of them is stored.
  case labelsRead
  /// In the transaction that stores labels: old counts are gone, new ones are not there.
  case settling
  case labelsStored
  /// What became of predictions, by feature, has been stored.
  case outcomesStored
  /// Findings have been made and not recorded.
  case judged
  /// In the transaction that records findings.
  case recording
  /// In the same transaction: an alert has changed its state, and nobody is to be told yet.
  case alerting
  /// In the same transaction: buckets that were kept long enough are gone, findings are not.
  case dropping
  case recorded
  /// A notice was told to a channel, which is not recorded yet.
  case told
  /// A job was taken; its trainer was not asked yet.
  case jobClaimed
  /// The trainer does not know the job, and is about to be told.
  case jobSubmitting
  /// The trainer has it; that is not recorded.
  case jobSubmitted
  /// The run is recorded.
  case jobRunning

  /// Whether every check passes the point, also one that leaves alerts alone.
  package var isOfEveryCheck: Bool {
    ![.alerting, .told, .jobClaimed, .jobSubmitting, .jobSubmitted, .jobRunning].contains(self)
  }

  private static let chosen: (point: FaultPoint, file: String?)? = {
    guard let text = ProcessInfo.processInfo.environment["PLUMBLINE_FAULT"] else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    return parts.first.flatMap(FaultPoint.init).map { ($0, parts.dropFirst().first) }
  }()

  /// Does nothing unless this point was chosen.
  package static func reach(_ point: FaultPoint) {
    guard let chosen, chosen.point == point else { return }
    guard let file = chosen.file else {
      kill(getpid(), SIGKILL)
      return
    }
    // Once only: what is tried again after the fault must get through.
    let first: Void? = try? FileManager.default.createDirectory(
      atPath: file + ".reached",
      withIntermediateDirectories: false
    )
    guard first != nil, FileManager.default.createFile(atPath: file, contents: nil) else { return }
    while FileManager.default.fileExists(atPath: file) { usleep(2_000) }
  }
}
