// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Settings
import Store

extension AlertingSettings {
  /// What all notices have in common.
  var context: NoticeContext { NoticeContext(environment: environment, link: link) }

  /// When Alertmanager ends an alert that is not sent again.
  var lease: FixedDuration {
    FixedDuration(microseconds: 4 * interval.microseconds)
  }

  /// For how many seconds a channel is left alone at most after many failures: one that is repeated
  /// not for longer than until the next time.
  func longestPause(_ channel: String) -> Double {
    let isLeased = channels.first { $0.name == channel }?.isLeased ?? false
    return isLeased ? interval.seconds : 1800
  }

  /// Who is notified of a model's alerts, and when.
  func notifications(of model: ModelSettings) -> NotificationPolicy {
    NotificationPolicy(
      model: model.name,
      context: context,
      channels: channels.map { channel in
        NotificationPolicy.Channel(
          name: channel.name,
          models: channel.models.map { Set($0) },
          severity: channel.severity,
          isLeased: channel.isLeased
        )
      },
      budget: budget.map { NotificationPolicy.Budget(alerts: $0.alerts, period: $0.period) }
    )
  }
}
