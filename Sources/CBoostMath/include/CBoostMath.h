// SPDX-License-Identifier: Apache-2.0
// Quantiles and tails from Boost.Math behind a C interface. Arguments outside a function's domain give NaN.
#ifndef CBOOSTMATH_H
#define CBOOSTMATH_H

#ifdef __cplusplus
extern "C" {
#endif

double boost_normal_quantile(double probability);
double boost_normal_upper_tail(double value);
double boost_student_t_quantile(double probability, double degrees_of_freedom);
double boost_student_t_upper_tail(double value, double degrees_of_freedom);
double boost_chi_squared_quantile(double probability, double degrees_of_freedom);
double boost_chi_squared_upper_tail(double value, double degrees_of_freedom);
double boost_fisher_f_quantile(
    double probability, double numerator_degrees, double denominator_degrees);
double boost_fisher_f_upper_tail(
    double value, double numerator_degrees, double denominator_degrees);
double boost_noncentral_chi_squared_quantile(
    double probability, double degrees_of_freedom, double noncentrality);
double boost_noncentral_chi_squared_upper_tail(
    double value, double degrees_of_freedom, double noncentrality);
double boost_noncentral_chi_squared_noncentrality(
    double value, double degrees_of_freedom, double lower_tail);

#ifdef __cplusplus
}
#endif
#endif
