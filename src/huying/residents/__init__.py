"""The pages for residents: report, follow, look around, find one's grid worker. No account, only receipts."""
