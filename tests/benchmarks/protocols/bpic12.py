"""The next activity of each prefix of the loan applications of the BPI Challenge 2012.

Strict, and chosen, as with the Helpdesk tickets.
"""

from case_logs import main

if __name__ == "__main__":
    main("BPI_Challenge_2012", "Europe/Amsterdam", ("case:AMOUNT_REQ",))
