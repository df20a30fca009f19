/* Broken on purpose: names no licence. */
int evfd_twin;
