// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// What a campaign changed, as expected numbers: among those reached, while its effect lasts.
package struct CampaignTruth: Sendable {
  /// One tier's.
  package struct Line: Sendable {
    package var reached = 0
    /// Leavers if nobody had been reached, and as it was.
    package var leaversWithout = 0.0
    package var leaversWith = 0.0
  }

  package private(set) var tiers: [Campaign.Tier: Line] = [:]

  package init() {}

  mutating func add(_ tier: Campaign.Tier, without: Double, with: Double, isFirst: Bool) {
    tiers[tier, default: Line()].reached += isFirst ? 1 : 0
    tiers[tier, default: Line()].leaversWithout += without
    tiers[tier, default: Line()].leaversWith += with
  }
}

/// One row of a campaign's assignments.
package struct CampaignMember: Sendable {
  package var customer: String
  package var isTreated: Bool
  package var tier: Campaign.Tier
  package var assigned: Instant
  /// When the customer was reached, as far as it was logged.
  package var contacted: Instant?
  package var tookOffer: Bool
}

/// Who is in the campaign, in eight bytes.
struct Assignment: Sendable {
  let slot: UInt32
  let generation: UInt16
  let tier: Campaign.Tier
  let isTreated: Bool
  let isReached: Bool
}

extension SimulatedOperator {
  /// Draws the campaign's arms: by tier of the present score, some held out at random.
  mutating func assign() {
    guard let campaign = calendar.campaign else { return }
    assignments = []
    for index in slots.indices where slots[index].acquired < month && slots[index].leaving == 0 {
      var random = SplitMix64(seed: SplitMix64.mixed(usageKey(index, month) ^ 0xCA3B))
      let persona = persona(index)
      let features = features(index, persona, onDay: firstDay(month))
      let tier = Campaign.Tier(score: activeScore(features))
      guard random.chance(tier.picked) else { continue }
      let isTreated = !random.chance(campaign.holdOut)
      let isReached = isTreated && random.chance(Campaign.reached)
      assignments.append(
        Assignment(
          slot: UInt32(index),
          generation: slots[index].generation,
          tier: tier,
          isTreated: isTreated,
          isReached: isReached
        )
      )
      slots[index].reached = isReached ? tier.rawValue + 1 : 0
    }
  }

  /// The tier of a customer whom the campaign has reached and whose behaviour it still changes.
  func reachedTier(_ slot: Int) -> Campaign.Tier? {
    guard let campaign = calendar.campaign, slots[slot].reached > 0,
      month < campaignMonth(campaign) + Campaign.months
    else { return nil }
    return Campaign.Tier(rawValue: slots[slot].reached - 1)
  }

  /// The month of the campaign, counted from 0.
  func campaignMonth(_ campaign: Campaign) -> Int {
    (campaign.month.year - calendar.start.year) * 12 + campaign.month.month - calendar.start.month
  }

  /// The number of assignments made this month.
  package var assignmentCount: Int {
    calendar.campaign.map { campaignMonth($0) == month } ?? false ? assignments.count : 0
  }

  /// Returns the rows of some of this month's assignments; few customers have two, one for each
  /// arm.
  package func members(_ range: Range<Int>) -> [CampaignMember] {
    let day = firstDay(month)
    return assignments[range].flatMap { assignment -> [CampaignMember] in
      let slot = Int(assignment.slot)
      var random = SplitMix64(
        seed: SplitMix64.mixed(key(slot, assignment.generation) ^ 0x3E3B)
      )
      let assigned = Self.instant(day, random.uniform() * 0.2)
      let contacted = Self.instant(day + 1, random.uniform() * 9)
      let isLogged = random.chance(Campaign.logged)
      let member = CampaignMember(
        customer: customer(slot, assignment.generation),
        isTreated: assignment.isTreated,
        tier: assignment.tier,
        assigned: assigned,
        contacted: assignment.isReached && isLogged ? contacted : nil,
        tookOffer: assignment.isReached && random.chance(Campaign.taken)
      )
      guard random.chance(Campaign.doubled) else { return [member] }
      var other = member
      other.isTreated.toggle()
      (other.contacted, other.tookOffer) = (nil, false)
      return [member, other]
    }
  }
}
