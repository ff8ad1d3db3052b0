"""From a published run to what each destination acknowledged, whatever interrupts it."""
