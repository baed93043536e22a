/* SPDX-License-Identifier: BSD-2-Clause */
/* What the HTML report is made of, as strings. The parts of the script are one. */
	.section .rodata
	.globl html_page, html_style, html_script, html_fleet_page, html_fleet_script, promises_catalogue, promises_tags
html_page:
	.incbin "runner/report/html/page.html"
	.byte 0
html_style:
	.incbin "runner/report/html/style.css"
	.byte 0
html_script:
	.incbin "runner/report/html/model.js"
	.incbin "runner/report/html/address.js"
	.incbin "runner/report/html/elements.js"
	.incbin "runner/report/html/failures.js"
	.incbin "runner/report/html/tables.js"
	.incbin "runner/report/html/lists.js"
	.incbin "runner/report/html/costs.js"
	.incbin "runner/report/html/detail.js"
	.incbin "runner/report/html/main.js"
	.byte 0
html_fleet_page:
	.incbin "runner/fleet/html/page.html"
	.byte 0
html_fleet_script:
	.incbin "runner/fleet/html/model.js"
	.incbin "runner/report/html/address.js"
	.incbin "runner/report/html/elements.js"
	.incbin "runner/fleet/html/facts.js"
	.incbin "runner/fleet/html/classes.js"
	.incbin "runner/fleet/html/main.js"
	.byte 0
/* docs/catalogue.tsv, and ROW<tab>SUITE.TEST, made by docs/coverage.awk */
promises_catalogue:
	.incbin "docs/catalogue.tsv"
	.byte 0
promises_tags:
	.incbin TAGS
	.byte 0
	.section .note.GNU-stack,"",@progbits
