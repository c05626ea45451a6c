"""`ventanilla demo`: real consultations travel through the whole system, and what arrived is checked one by one."""
