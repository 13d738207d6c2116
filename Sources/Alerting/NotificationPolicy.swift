// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// Decides which channels are notified of an alert: a function of what is known, without clock or
/// storage.
///
/// - A beginning is sent to every channel that takes the model and the severity, once an episode.
/// - An end is sent wherever its beginning was sent, whatever the rule or the channel says by now.
/// - Silences and the budget hold back beginnings, but not for channels that have silences and
///   grouping of their own. The budget never holds back what is critical.
/// - What still fires when a silence or the budget's period ends is sent late.
package struct NotificationPolicy: Sendable {
  /// What a channel takes.
  package struct Channel: Sendable, Hashable {
    package let name: String
    /// Nil takes all models.
    package let models: Set<String>?
    /// The lowest severity of a beginning that is sent.
    package let severity: Severity
    /// Whether the receiver has silences and grouping of its own, and is sent what fires
    /// repeatedly.
    package let isLeased: Bool

    package init(name: String, models: Set<String>?, severity: Severity, isLeased: Bool) {
      self.name = name
      self.models = models
      self.severity = severity
      self.isLeased = isLeased
    }
  }

  /// How many beginnings below critical a model may send to one channel within a period.
  package struct Budget: Sendable, Hashable {
    package let alerts: Int
    package let period: FixedDuration

    package init(alerts: Int, period: FixedDuration) {
      self.alerts = alerts
      self.period = period
    }

    /// The number of the period in which a moment lies: its notice is sent once a period.
    package func number(of moment: Instant) -> Int64 {
      moment.microseconds / max(1, period.microseconds)
    }
  }

  package let model: String
  package let context: NoticeContext
  package let channels: [Channel]
  /// Nil limits nothing.
  package let budget: Budget?

  package init(model: String, context: NoticeContext, channels: [Channel], budget: Budget?) {
    self.model = model
    self.context = context
    self.channels = channels
    self.budget = budget
  }
}

/// Why the policy is asked.
package enum NotificationOccasion: Sendable, Hashable {
  /// The alert has changed its state.
  case transition(AlertTransition)
  /// The alert stands as it did; what was held back may be sent now.
  case review

  /// What there is to send of an alert; nil where it neither began to fire, ended, nor still fires.
  package func reason(of alert: Alert) -> NotificationDecision.Reason? {
    switch self {
    case .transition(let transition) where transition.to == .firing: .firing
    case .transition(let transition) where transition.from == .firing: .resolved
    case .transition: nil
    case .review: alert.state == .firing ? .late : nil
    }
  }
}

/// What was recorded before for one channel, of one episode of an alert.
package struct NotificationHistory: Sendable, Hashable {
  /// What became of the notice of the beginning; nil where none was made.
  package var beginning: DeliveryState?
  /// What became of the notice of the end; nil where none was made.
  package var end: DeliveryState?
  /// How many beginnings below critical the model has sent within the budget's period up to now.
  package var spent: Int
  /// Whether the channel has a notice that the budget of the present period is spent.
  package var isBudgetNoticeSent: Bool

  package init(
    beginning: DeliveryState? = nil,
    end: DeliveryState? = nil,
    spent: Int = 0,
    isBudgetNoticeSent: Bool = false
  ) {
    self.beginning = beginning
    self.end = end
    self.spent = spent
    self.isBudgetNoticeSent = isBudgetNoticeSent
  }
}

/// What a channel is sent of an alert, or why it is sent nothing.
package enum NotificationDecision: Sendable, Hashable {
  package enum Reason: String, Sendable, CaseIterable {
    /// The alert has begun to fire.
    case firing
    /// The alert has ended.
    case resolved
    /// The alert still fires: it was silenced, the budget was spent, or the channel is new.
    case late
    /// The alert is held back, and the channel has not been notified that the budget is spent.
    case budgetSpent
  }

  package enum Suppression: String, Sendable, CaseIterable {
    /// The alert neither began to fire nor ended.
    case noChange
    /// The alert's rule does not notify.
    case ruleDoesNotNotify
    /// The channel does not take the model.
    case otherModel
    case belowSeverity
    case silenced
    case overBudget
    /// The beginning was not sent, so its end is not either.
    case beginningNotSent
    case alreadyNotified
  }

  case notify(Reason)
  case suppress(Suppression)
}

extension NotificationPolicy {
  /// Decides for one channel.
  ///
  /// - Parameters:
  ///   - channel: The channel that may be notified.
  ///   - alert: The alert as it stands.
  ///   - occasion: Why the question is asked.
  ///   - notifies: Whether the alert's rule notifies.
  ///   - isSilenced: Whether a silence holds for the alert now.
  ///   - history: What was recorded for the channel before.
  /// - Returns: What the channel is sent, with the reason.
  package func decision(
    _ channel: Channel,
    of alert: Alert,
    on occasion: NotificationOccasion,
    notifies: Bool,
    isSilenced: Bool,
    history: NotificationHistory
  ) -> NotificationDecision {
    guard let reason = occasion.reason(of: alert) else { return .suppress(.noChange) }
    guard channel.takes(model) else { return .suppress(.otherModel) }
    if reason == .resolved {
      guard history.beginning?.isSent == true else { return .suppress(.beginningNotSent) }
      return history.end == nil ? .notify(.resolved) : .suppress(.alreadyNotified)
    }
    guard notifies else { return .suppress(.ruleDoesNotNotify) }
    guard alert.severity >= channel.severity else { return .suppress(.belowSeverity) }
    guard history.beginning == nil else { return .suppress(.alreadyNotified) }
    guard !channel.isLeased else { return .notify(reason) }
    guard !isSilenced else { return .suppress(.silenced) }
    guard let budget, alert.severity < .critical, history.spent >= budget.alerts else {
      return .notify(reason)
    }
    return history.isBudgetNoticeSent ? .suppress(.overBudget) : .notify(.budgetSpent)
  }
}

extension NotificationPolicy.Channel {
  package func takes(_ model: String) -> Bool { models?.contains(model) ?? true }
}

/// What became of a notice in the outbox.
package enum DeliveryState: String, Sendable, Hashable, CaseIterable {
  /// It waits for its first or its next attempt.
  case queued
  case delivered
  /// The receiver does not want it; it is not tried again.
  case refused
  /// It was tried for too long and given up.
  case expired

  /// Whether the receiver has it or may still get it.
  var isSent: Bool {
    switch self {
    case .queued, .delivered: true
    case .refused, .expired: false
    }
  }
}
