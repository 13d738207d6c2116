// SPDX-License-Identifier: Apache-2.0
import Profiles
import Retraining

extension JobRecord {
  /// A line for people.
  var line: String {
    let made = newVersion.map { ", made version \($0)" } ?? ""
    let failure = state == .failed ? ". \(lastError ?? "")" : ""
    return "#\(identifier) \(state.rawValue), \(remedy.rawValue), of "
      + "\(madeAt.description.prefix(10))\(made): \(reason)\(failure)"
  }
}
