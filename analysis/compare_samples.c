/* compare_samples.c: the change of one metric between two samples.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/compare.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Two means, the variances of these means and their covariance. */
struct means {
    size_t n; /* pairs, or the smaller sample */
    double a, b, var_a, var_b, covariance, freedom;
};

static double square(double x)
{
    return x * x;
}

static bool is_pair(double a, double b)
{
    return !isnan(a) && !isnan(b);
}

/* Over the pairs alone. */
static struct means means_of_pairs(const struct compare_sample *a, const struct compare_sample *b)
{
    struct means m = {0, 0, 0, 0, 0, 0, NAN};
    size_t count = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < count; i++) {
        if (is_pair(a->values[i], b->values[i])) {
            m.n++;
            m.a += (a->values[i] - m.a) / (double)m.n;
            m.b += (b->values[i] - m.b) / (double)m.n;
        }
    }
    m.freedom = (double)m.n - 1;
    double scale = m.freedom * (double)m.n;
    for (size_t i = 0; i < count && m.n > 1; i++) {
        if (is_pair(a->values[i], b->values[i])) {
            double da = a->values[i] - m.a, db = b->values[i] - m.b;
            m.var_a += da * da / scale;
            m.var_b += db * db / scale;
            m.covariance += da * db / scale;
        }
    }
    return m;
}

/* Degrees of freedom after Welch and Satterthwaite. */
static struct means means_of_estimates(const struct estimate *a, const struct estimate *b)
{
    struct means m = {a->n < b->n ? a->n : b->n, a->mean, b->mean, 0, 0, 0, NAN};
    if (m.n > 1) {
        m.var_a = square(a->sd) / (double)a->n;
        m.var_b = square(b->sd) / (double)b->n;
        m.freedom = m.var_a + m.var_b == 0 ? (double)m.n - 1
                                           : square(m.var_a + m.var_b) / (square(m.var_a) / ((double)a->n - 1) +
                                                                          square(m.var_b) / ((double)b->n - 1));
    }
    return m;
}

/* The variance of mean b - ratio * mean a; rounding may leave less than nothing. */
static double variance_at(const struct means *m, double ratio)
{
    double variance = m->var_b - 2 * ratio * m->covariance + square(ratio) * m->var_a;
    double noise = 1e-14 * (m->var_b + square(ratio) * m->var_a);
    return variance > noise ? variance : 0;
}

/* The chance of so large a change if the true one were at the margin. Where nothing varies, what a sign test could tell
 * with so many replications. */
static double p_value(const struct means *m, double margin)
{
    double direction = m->b > m->a ? 1 : -1, sign = m->a < 0 ? -1 : 1;
    double ratio = m->a == 0 ? 1 : 1 + direction * sign * margin;
    double beyond = direction * (m->b - ratio * m->a), variance = variance_at(m, ratio);
    if (m->n < 2) {
        return NAN;
    }
    if (beyond <= 0) {
        return 1;
    }
    if (variance == 0) {
        return pow(2, 1 - (double)m->n);
    }
    return fmin(1, 2 * gsl_cdf_tdist_Q(beyond / sqrt(variance), m->freedom));
}

/* Fieller's interval of b / a, as a change; false if the mean of a may be zero: then there is none. */
static bool set_relative_change(struct estimate *change, const struct means *m, double t)
{
    double sign = m->a < 0 ? -1 : 1;
    double a = square(m->a) - square(t) * m->var_a, b = m->a * m->b - square(t) * m->covariance;
    double c = square(m->b) - square(t) * m->var_b, root = sqrt(fmax(0, square(b) - a * c));
    if (!(a > 0)) {
        return false;
    }
    double one = sign * ((b - root) / a - 1), other = sign * ((b + root) / a - 1);
    *change = (struct estimate){sign * (m->b / m->a - 1), fmin(one, other), fmax(one, other), NAN, m->n};
    return true;
}

static void set_change(struct compare_line *line, const struct means *m, double margin)
{
    line->p = p_value(m, margin);
    if (m->n < 2) {
        line->is_relative = m->a != 0;
        line->change =
            (struct estimate){line->is_relative ? (m->b - m->a) / fabs(m->a) : m->b - m->a, NAN, NAN, NAN, m->n};
        return;
    }
    double t = gsl_cdf_tdist_Pinv(0.5 + COMPARE_LEVEL / 2, m->freedom);
    line->is_relative = set_relative_change(&line->change, m, t);
    if (!line->is_relative) {
        double half = t * sqrt(variance_at(m, 1));
        line->change = (struct estimate){m->b - m->a, m->b - m->a - half, m->b - m->a + half, NAN, m->n};
    }
}

/* Both are what they are. */
static void set_exact_change(struct compare_line *line, double margin)
{
    double difference = line->b.mean - line->a.mean;
    line->is_relative = line->a.mean != 0;
    line->change = estimate_exact(line->is_relative ? difference / fabs(line->a.mean) : difference);
    line->p = fabs(line->change.mean) > (line->is_relative ? margin : 0) ? 0 : 1;
}

static struct estimate estimate_of(const struct compare_sample *sample)
{
    return sample->is_exact && sample->count > 0 ? estimate_exact(sample->values[0])
                                                 : estimate_mean(sample->values, sample->count, COMPARE_LEVEL);
}

void compare_samples(struct compare_line *line, const struct compare_sample *a, const struct compare_sample *b,
                     double margin)
{
    line->a = estimate_of(a);
    line->b = estimate_of(b);
    line->p = NAN;
    line->change = (struct estimate){NAN, NAN, NAN, NAN, 0};
    if (line->a.n == 0 || line->b.n == 0) {
        return;
    }
    if (a->is_exact && b->is_exact) {
        set_exact_change(line, margin);
        return;
    }
    struct means means = line->is_paired ? means_of_pairs(a, b) : means_of_estimates(&line->a, &line->b);
    if (means.n > 0) {
        set_change(line, &means, margin);
    }
}
