/* SPDX-License-Identifier: ISC */
/* vncbridgectl metrics */
#ifndef VB_CTL_METRICS_H
#define VB_CTL_METRICS_H

/* Shows the page of metrics of the daemon at fd. Returns main()'s value. */
int metrics_show(int fd);

#endif
