// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Settings
import Store

extension EvaluationPlan {
  init(_ model: ModelSettings) {
    self.init(
      model: model.name,
      windows: model.windows,
      grid: model.grid,
      lateness: model.lateness,
      horizon: model.outcomes?.horizon,
      followUp: model.outcomes?.followUp,
      falseAlertsPerMonth: model.falseAlertsPerMonth
    )
  }
}

extension ModelHistory.Bins {
  init(_ stored: StoredBinning) {
    self.init(
      stored.binning,
      number: stored.number,
      referenceRows: stored.referenceRows,
      keptFrom: stored.keptFrom
    )
  }
}
