// SPDX-License-Identifier: Apache-2.0
#include "CBoostMath.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <limits>

namespace {
using boost::math::chi_squared_distribution;
using boost::math::fisher_f_distribution;
using boost::math::non_central_chi_squared_distribution;
using boost::math::normal_distribution;
using boost::math::students_t_distribution;
using namespace boost::math::policies;

// No exception may cross into Swift: domain errors become NaN, overflow becomes infinity.
typedef policy<domain_error<ignore_error>, pole_error<ignore_error>, overflow_error<ignore_error>,
               underflow_error<ignore_error>, denorm_error<ignore_error>,
               rounding_error<ignore_error>, evaluation_error<ignore_error>,
               indeterminate_result_error<ignore_error>,
               // Twelve digits are plenty; long double takes three times as long.
               promote_double<false>>
    quiet;
typedef normal_distribution<double, quiet> quiet_normal;
typedef chi_squared_distribution<double, quiet> quiet_chi_squared;
typedef students_t_distribution<double, quiet> quiet_student_t;
typedef fisher_f_distribution<double, quiet> quiet_fisher_f;
typedef non_central_chi_squared_distribution<double, quiet> quiet_noncentral;

template <typename F>
double guarded(F compute) noexcept {
  try {
    return compute();
  } catch (...) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}
}  // namespace

double boost_normal_quantile(double p) {
  return guarded([=] { return quantile(quiet_normal(), p); });
}

double boost_normal_upper_tail(double x) {
  return guarded([=] { return cdf(complement(quiet_normal(), x)); });
}

double boost_student_t_quantile(double p, double df) {
  return guarded([=] { return quantile(quiet_student_t(df), p); });
}

double boost_student_t_upper_tail(double x, double df) {
  return guarded([=] { return cdf(complement(quiet_student_t(df), x)); });
}

double boost_chi_squared_quantile(double p, double df) {
  return guarded([=] { return quantile(quiet_chi_squared(df), p); });
}

double boost_chi_squared_upper_tail(double x, double df) {
  return guarded([=] { return cdf(complement(quiet_chi_squared(df), x)); });
}

double boost_fisher_f_quantile(double p, double numerator, double denominator) {
  return guarded([=] { return quantile(quiet_fisher_f(numerator, denominator), p); });
}

double boost_fisher_f_upper_tail(double x, double numerator, double denominator) {
  return guarded([=] { return cdf(complement(quiet_fisher_f(numerator, denominator), x)); });
}

double boost_noncentral_chi_squared_quantile(double p, double df, double ncp) {
  return guarded([=] { return quantile(quiet_noncentral(df, ncp), p); });
}

double boost_noncentral_chi_squared_upper_tail(double x, double df, double ncp) {
  return guarded([=] { return cdf(complement(quiet_noncentral(df, ncp), x)); });
}

double boost_noncentral_chi_squared_noncentrality(double x, double df, double lower_tail) {
  return guarded([=] { return quiet_noncentral::find_non_centrality(df, x, lower_tail); });
}
