// SPDX-License-Identifier: Apache-2.0
import Checks
package import Reports

/// Which status `advice` ends with.
package enum AdviceStatus: Int32, Sendable, CaseIterable {
  case nothing = 0
  case retrain = 10
  case recalibrate = 11
  /// The data or the labels.
  case fix = 12
  case rollback = 13
  /// Nothing could be evaluated.
  case cannotJudge = 20

  /// What counts first where models or versions ask for different things.
  private static let order: [AdviceStatus] = [
    .rollback, .retrain, .recalibrate, .fix, .cannotJudge,
  ]

  /// The status of some answers.
  package init(_ answers: [AdviceAnswer]) {
    let all = Set(answers.flatMap(Self.statuses))
    self = Self.order.first(where: all.contains) ?? .nothing
  }

  private static func statuses(_ answer: AdviceAnswer) -> [AdviceStatus] {
    if answer.obstacle != nil { return [.cannotJudge] }
    return answer.versions.map { version in
      switch version.advice.action {
      case .retrain: .retrain
      case .recalibrate: .recalibrate
      case .fixData, .fixLabels: .fix
      case .rollback: .rollback
      case .nothing, .watch: version.advice.isBlind ? .cannotJudge : .nothing
      }
    }
  }
}
